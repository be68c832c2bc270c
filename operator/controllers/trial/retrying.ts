/** Whether a trial that has failed is tried again. Pure. */
import { RETRIES } from '../../api/failures.ts';
import type { Attempt, Failure } from '../../api/trial.ts';
import { timesOf } from './attempts.ts';
import type { TrialView } from './view.ts';

/** `attempts`: the one that has just failed is the last. */
export function mayRetry(
  { study }: Pick<TrialView, 'study'>,
  attempts: readonly Attempt[],
  { class: kind }: Pick<Failure, 'class'>,
): boolean {
  if (!Object.hasOwn(RETRIES, kind)) return false;
  const allowed = study.spec.failures.retries[RETRIES[kind as keyof typeof RETRIES]];
  return attempts.reduce((times, attempt) => times + (attempt.failure === kind ? timesOf(attempt) : 0), 0) <= allowed;
}
