/** When a trial is looked at again though nothing is heard of it: what time alone changes. Pure. */
import type { Attempt, Report } from '../../api/trial.ts';
import { EXIT_GRACE_MS, exitOf, timeToTell } from './exit.ts';
import { timeToPause } from './pausing.ts';
import { hasFinished } from './pod.ts';
import { timeToPod } from './podless.ts';
import { timeToStart } from './starting.ts';
import { podOf, reached, type TrialView } from './view.ts';

/** Something that takes seconds is under way and may end without an event of its own. */
export const LOOK_AGAIN_MS = 15_000;
/** A Job without a pod has had its time, and nobody has said why, or it waits for quota. */
const LATE_POD_MS = 60_000;

/** Milliseconds; undefined: when something happens. */
export function lookAgainAfter(view: TrialView, attempt: Attempt, reports: readonly Report[]): number | undefined {
  const waits = [timeToPause(view), toStart(view, attempt), toPod(view), toEnd(view, attempt, reports)];
  const due = waits.filter((wait) => wait !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}

function toStart(view: TrialView, attempt: Attempt): number | undefined {
  const left = timeToStart(view, attempt)?.ms;
  return left === undefined || left > 0 ? left : LOOK_AGAIN_MS;
}

function toPod(view: TrialView): number | undefined {
  const left = timeToPod(view);
  if (left === undefined) return undefined;
  return left > 0 ? left + 1 : LATE_POD_MS;
}

/** Of code that has reported all it was to report or has exited, and of a Job whose pod has ended. */
function toEnd(view: TrialView, attempt: Attempt, reports: readonly Report[]): number | undefined {
  const exit = exitOf(view, attempt);
  if (exit && Number.isFinite(exit.leftMs)) return timeToTell(exit) || LOOK_AGAIN_MS;
  const pod = podOf(view, attempt);
  if (pod && hasFinished(pod)) return LOOK_AGAIN_MS;
  return reached(reports) >= attempt.until ? EXIT_GRACE_MS : undefined;
}
