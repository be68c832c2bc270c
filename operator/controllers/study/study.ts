/**
 * The study controller: observes a Study's Trials, decides, writes the decisions down on the Trials, and sums them up
 * in the Study's status. Its only memory is the Trials.
 */
import type { Reconcile } from '../../runtime/controller.ts';
import { isOwnedBy } from '../context.ts';
import { accept, isAccepted } from './accept.ts';
import { Round, type StudyContext } from './round.ts';

/** Index of Trials by namespace/name of their Study. */
export const BY_STUDY = 'study';

/** How soon to look again when the caches have not yet seen our own writes; they also wake us when they have. */
const STALE_MS = 250;

export function studyReconciler(context: StudyContext): Reconcile {
  const writtenAt = new Map<string, number>();
  return async (key) => {
    const { caches, guards } = context;
    const study = caches.studies.get(key);
    if (!study || study.metadata.deletionTimestamp) {
      context.suggester.forget(key);
      writtenAt.delete(key);
      return 'until-changed';
    }
    if (!guards.studies.isFresh(key, caches.studies) || !guards.trials.isFresh(key, caches.trials)) {
      return { afterMs: STALE_MS };
    }
    const accepted = await accept(context, study);
    if (!isAccepted(accepted)) return accepted;
    const trials = caches.trials.list(BY_STUDY, key).filter((trial) => isOwnedBy(trial, study));
    return new Round(context, { key, study, trials, accepted, writtenAt }).run();
  };
}
