/**
 * The study controller: observes a Study's Trials, decides, writes the decisions down on the Trials, and sums them up
 * in the Study's status. Its only memory is the Trials.
 */
import type { Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import { hasEnded } from '../../observe.ts';
import type { Reconcile } from '../../runtime/controller.ts';
import { isOwnedBy } from '../context.ts';
import { accept, isAccepted } from './accept.ts';
import { Round, type StudyContext } from './round.ts';
import { BY_STUDY, strayTrials } from './strays.ts';

/** How soon to look again when the caches have not yet seen our own writes; they also wake us when they have. */
const STALE_MS = 250;

export function studyReconciler(context: StudyContext): Reconcile {
  const writtenAt = new Map<string, number>();
  return async (key) => {
    const { caches, guards } = context;
    const study = caches.studies.get(key);
    if (!study || study.metadata.deletionTimestamp) {
      context.suggester.forget(key);
      context.workloads.pods.release(key);
      writtenAt.delete(key);
      return 'until-changed';
    }
    if (!guards.studies.isFresh(key, caches.studies) || !guards.trials.isFresh(key, caches.trials)) {
      return { afterMs: STALE_MS };
    }
    const accepted = await accept(context, study);
    if (!isAccepted(accepted)) return accepted;
    const trials = caches.trials.list(BY_STUDY, key).filter((trial) => isOwnedBy(trial, study));
    if (isOver(study, trials)) context.workloads.pods.release(key);
    const strays = strayTrials(caches, study);
    return new Round(context, { key, study, trials, accepted, strays, writtenAt }).run();
  };
}

/** It has ended, and so has everything it began. */
function isOver({ status }: Study, trials: readonly Trial[]): boolean {
  const succeeded = condition(status?.conditions, 'Succeeded')?.status ?? 'Unknown';
  return succeeded !== 'Unknown' && trials.every((trial) => hasEnded(trial.status));
}
