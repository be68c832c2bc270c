/** Whether a trial gives up its place since its Study is suspended. Pure. */
import type { TrialStatus } from '../../api/trial.ts';
import type { TrialView } from './view.ts';

/** Reason of a trial whose Job is being deleted since its Study was suspended. */
export const SUSPENDING = 'Suspending';

/** The Study is suspended, or the Job is being deleted since it was: it may have been resumed before the pods were gone. */
export function isSuspending({ study, trial }: Pick<TrialView, 'study' | 'trial'>): boolean {
  return study.spec.suspend || saysSuspending(trial.status);
}

export function saysSuspending(status: TrialStatus | undefined): boolean {
  return (status?.conditions ?? []).some((found) => found.status === 'True' && found.reason === SUSPENDING);
}
