/** How many trials may be under way now, where some of them wait in a queue. Pure. */
import type { StudySpec } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import { surplusOf } from '../../objects/queue.ts';
import { engineTrial } from '../../observe.ts';

/**
 * Whatever a queue admits runs, so those that wait count towards parallelism like those that run; and no more are begun
 * while enough of them wait: what a trial tries should be chosen when it can run soon.
 */
export function slots(spec: StudySpec, trials: readonly Trial[]): number {
  const active = trials.filter((trial) => engineTrial(trial).state === 'Active');
  const admitted = active.filter((trial) => !isWaiting(trial)).length;
  return Math.min(spec.parallelism, admitted + surplusOf(spec));
}

/** Not admitted yet, or no longer, as far as anybody knows. */
function isWaiting({ status }: Trial): boolean {
  const queued = condition(status?.conditions, 'Queued');
  if (queued?.status === 'True') return queued.reason !== 'Waiting';
  return condition(status?.conditions, 'Running')?.status !== 'True';
}
