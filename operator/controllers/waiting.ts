/** Why a Trial waits in a queue: what the trial controller says of it, and the study controller knows it by. Pure. */
import type { Trial } from '../api/trial.ts';
import { condition } from '../conditions.ts';
import { once } from '../observe.ts';

/** As reasons of `Queued`: what no time changes. */
const NEVER = ['QueueNotFound', 'Inadmissible', 'QuotaNeverFits'] as const;
export type Never = (typeof NEVER)[number];

/** As reasons of `Queued`: what others can end by giving quota back. */
const FOR_QUOTA = ['WaitsForQuota', 'Preempted'] as const;

const ALL: ReadonlySet<string> = new Set([...NEVER, ...FOR_QUOTA]);

/** Undefined for a trial that waits in no queue. */
export const reasonToWait = once(({ status }: Trial): Never | (typeof FOR_QUOTA)[number] | undefined => {
  const queued = condition(status?.conditions, 'Queued');
  const { reason = '' } = queued ?? {};
  return queued?.status === 'True' && ALL.has(reason) ? (reason as Never) : undefined;
});

export function isNever(reason: string | undefined): reason is Never {
  return NEVER.some((one) => one === reason);
}

export interface Held {
  readonly reason: Never;
  readonly message: string;
}

/** Whatever waits in a queue waits for ever, as far as anybody knows; undefined where something may be admitted yet. */
export function heldForGood(trials: readonly Trial[]): Held | undefined {
  const waiting = trials.filter((trial) => reasonToWait(trial) !== undefined);
  const last = waiting.at(-1);
  const reason = last && reasonToWait(last);
  if (!last || !isNever(reason) || !waiting.every((trial) => isNever(reasonToWait(trial)))) return undefined;
  const words = condition(last.status?.conditions, 'Queued')?.message;
  return {
    reason,
    message: `no trial that waits will be admitted as it is (${waiting.length}): ${last.metadata.name} ${words}`,
  };
}
