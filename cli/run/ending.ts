/** Whether a local run has come to its end, and how. Pure. */
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition, isTrue } from '../../operator/conditions.ts';
import type { Condition } from '../../operator/kube/kinds.ts';
import { hasEnded, stateOf } from '../../operator/observe.ts';

export interface Ending {
  readonly kind: 'Succeeded' | 'Failed' | 'Refused' | 'Suspended' | 'Interrupted';
  /** Why, in a sentence. */
  readonly message: string;
}

/** Undefined while there is something to do. */
export function endingOf(study: Study, trials: readonly Trial[]): Ending | undefined {
  const { status, metadata } = study;
  if (status?.observedGeneration !== metadata.generation) return undefined;
  const found = summary(status?.conditions);
  return found && trials.every(STILL[found.kind]) ? found : undefined;
}

function summary(conditions: readonly Condition[] | undefined): Summary | undefined {
  const ready = condition(conditions, 'Ready');
  if (ready?.status === 'False') return { kind: 'Refused', message: ready.message ?? '' };
  const succeeded = condition(conditions, 'Succeeded');
  if (succeeded?.status === 'True') return { kind: 'Succeeded', message: succeeded.message ?? '' };
  if (succeeded?.status === 'False') return { kind: 'Failed', message: succeeded.message ?? '' };
  if (!isTrue(conditions, 'Suspended')) return undefined;
  return { kind: 'Suspended', message: 'spec.suspend is true: no trial runs' };
}

interface Summary extends Ending {
  readonly kind: Exclude<Ending['kind'], 'Interrupted'>;
}

/** What holds of every trial when there is nothing left to wait for. */
const STILL: Readonly<Record<Summary['kind'], (trial: Trial) => boolean>> = {
  Succeeded: isAtRest,
  Failed: isAtRest,
  Refused: isIdle,
  Suspended: isIdle,
};

/** Nothing will become of it any more, or it waits for a promotion that nobody will decide. */
function isAtRest({ spec, status }: Trial): boolean {
  if (hasEnded(status)) return true;
  return stateOf(status) === 'Paused' && spec.stop === undefined && (status?.reached ?? 0) >= spec.until;
}

/** No attempt at it is under way. */
function isIdle({ status }: Trial): boolean {
  const last = status?.attempts?.at(-1);
  return hasEnded(status) || last === undefined || last.outcome !== undefined;
}
