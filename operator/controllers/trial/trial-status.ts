/** The status of a trial, from what was found about it. Pure. */
import type { Attempt, Failure, Report, TrialStatus } from '../../api/trial.ts';
import { conditions, type Finding } from '../../conditions.ts';
import { stateOf, TRIAL_STATES, type TrialStateCondition } from '../../observe.ts';
import type { Disruption } from './disruption.ts';
import type { TrialView } from './view.ts';

/** A failure's message may be 2048 characters long. */
export const MESSAGE_LENGTH = 2000;

/** What the status will say, before it is put into conditions. */
export interface Progress {
  readonly reports: readonly Report[];
  readonly attempts: readonly Attempt[];
  readonly failure?: Failure;
  /** Why the last attempt is repeated. */
  readonly retried?: Failure;
  /** What ended the last attempt, where that was nobody's fault. */
  readonly disruption?: Disruption | undefined;
}

export function finding(type: TrialStateCondition, reason: string, message: string): Finding {
  return { type, status: 'True', reason, message };
}

export function status(view: TrialView, { reports, attempts, failure }: Progress, found: Finding): TrialStatus {
  const { trial, now } = view;
  const last = reports.at(-1);
  const others = TRIAL_STATES.filter((type) => type !== found.type).map(
    (type): Finding => ({ type, status: 'False', reason: found.type, message: '' }),
  );
  const findings = [found, ...others].toSorted((a, b) => order(a.type) - order(b.type));
  return {
    ...(reports.length > 0 && { observations: reports }),
    ...(last && { reached: last.resource, last: last.value }),
    ...(attempts.length > 0 && { attempts }),
    ...(failure && { failure }),
    ...(attempts.length > 0 && { usage: usage(attempts) }),
    // Without the generation they were judged from: who writes the spec is not one who waits for them.
    conditions: conditions(findings, { previous: trial.status?.conditions, now: new Date(now).toISOString() }),
  };
}

const order = (type: string): number => (TRIAL_STATES as readonly string[]).indexOf(type);

function usage(attempts: readonly Attempt[]): NonNullable<TrialStatus['usage']> {
  const ended = attempts.filter(({ outcome }) => outcome !== undefined);
  return {
    resource: attempts.reduce((sum, { trained }) => sum + trained, 0),
    gpuSeconds: ended.reduce((sum, attempt) => sum + gpuSeconds(attempt, 0), 0),
  };
}

/** GPU seconds an attempt has held; `now` counts for one that has not ended. */
export function gpuSeconds({ startTime: start, endTime: end, gpus }: Attempt, now: number): number {
  if (start === undefined) return 0;
  const until = end === undefined ? now : Date.parse(end);
  return (Math.max(0, until - Date.parse(start)) / 1000) * gpus;
}

/** The state before and after, where it changed. */
export function transition(before: TrialStatus | undefined, after: TrialStatus): TrialStateCondition | undefined {
  const state = stateOf(after);
  return state === stateOf(before) ? undefined : state;
}
