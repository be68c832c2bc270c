/**
 * Trials whose code cannot stop by itself (`pause: Signal`): told to run to the maximum, they lose their Job at a rung
 * unless they may go on. Pure.
 */
import type { Attempt } from '../../api/trial.ts';
import type { TrialView } from './view.ts';

/** For the promotion that may follow a pause at once: then the trial goes on where it is. */
const GRACE_MS = 1_000;

/** Its Job is to be deleted, or has been, for the trial to pause: once that is on record it happens, promoted or not. */
export function isPausing(view: TrialView, attempt: Attempt): boolean {
  return isMarked(view, attempt) || timeToPause(view) === 0;
}

/** The level the attempt ends at. Written down before the Job is deleted: an attempt cut short for that was not disrupted. */
export function pausesAt(view: TrialView, attempt: Attempt): number {
  return isMarked(view, attempt) ? attempt.until : view.trial.spec.until;
}

/** Milliseconds until a paused trial must be gone; undefined for one that runs on. */
export function timeToPause({ study, trial, pauses, now }: TrialView): number | undefined {
  const last = trial.spec.decisions.at(-1);
  if (!pauses || study.spec.pause !== 'Signal' || last?.kind !== 'Pause') return undefined;
  return Math.max(0, Date.parse(last.at) + GRACE_MS - now);
}

function isMarked({ study, pauses }: TrialView, { until }: Attempt): boolean {
  return pauses && study.spec.pause === 'Signal' && until < study.spec.resource.max;
}
