/** How soon a trial gives its GPU back. Pure. */
import type { Trial, TrialStatus } from '../../api/trial.ts';

/**
 * Seconds from the decision that a trial ends or pauses to the end of its pod, where this status is the first to tell of
 * that end; 0 where the pod had ended before the decision; undefined where nothing ended, or nobody decided it.
 */
export function releaseSeconds({ spec, status: before }: Trial, after: TrialStatus): number | undefined {
  const last = before?.attempts?.at(-1);
  const attempt = after.attempts?.findLast(({ job, pod }) => job === last?.job && pod === (last?.pod ?? pod));
  if (!attempt?.endTime || last?.endTime !== undefined) return undefined;
  const { startTime: start, endTime: end } = attempt;
  const decision = spec.decisions.findLast(({ kind }) => kind === 'Stop' || kind === 'Pause');
  if (start === undefined || decision === undefined || Date.parse(decision.at) < Date.parse(start)) return undefined;
  return Math.max(0, Date.parse(end) - Date.parse(decision.at)) / 1000;
}
