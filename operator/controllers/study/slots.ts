/** How many trials may be under way now, where some of them wait in a queue. Pure. */
import type { StudySpec } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import { queueOf, surplusOf } from '../../objects/queue.ts';
import { engineTrial } from '../../observe.ts';
import { reasonToWait } from '../waiting.ts';

/**
 * Whatever a queue admits runs, so those that wait count towards parallelism like those that run; and no more are begun
 * while enough of them wait: what a trial tries should be chosen when it can run soon.
 */
export function slots(spec: StudySpec, trials: readonly Trial[]): number {
  const active = trials.filter((trial) => engineTrial(trial).state === 'Active');
  // Kueue may have given its Jobs a queue that the Study does not name.
  if (queueOf(spec) === undefined && !active.some((trial) => reasonToWait(trial))) return spec.parallelism;
  const admitted = active.filter((trial) => !isWaiting(trial)).length;
  return Math.min(spec.parallelism, admitted + outsized(active, trials) + surplusOf(spec));
}

/**
 * Trials that ask for more than their queue can give keep nobody else waiting: others may ask for less, with another
 * profile or configuration. Where none has ever run, all ask for too much.
 */
function outsized(active: readonly Trial[], trials: readonly Trial[]): number {
  const outsized = active.filter((trial) => reasonToWait(trial) === 'QuotaNeverFits');
  return outsized.length > 0 && trials.some(hasRun) ? outsized.length : 0;
}

function hasRun({ status }: Trial): boolean {
  return (status?.attempts ?? []).some(({ startTime }) => startTime !== undefined);
}

/** Not admitted yet, or no longer, as far as anybody knows. */
function isWaiting({ status }: Trial): boolean {
  const queued = condition(status?.conditions, 'Queued');
  if (queued?.status === 'True') return queued.reason !== 'Waiting';
  return condition(status?.conditions, 'Running')?.status !== 'True';
}
