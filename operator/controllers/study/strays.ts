/**
 * What goes on of trials that are gone: somebody has deleted the Trial, or a Study of the same name, and pods take a while
 * to end. Their GPUs are not free before. Pure.
 */
import { TRIAL_LABEL, TRIAL_UID_LABEL } from '../../api/common.ts';
import type { Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { type KubeObject, keyOf, refOf } from '../../kube/cluster.ts';
import type { Cache } from '../../runtime/cache.ts';
import { type Caches, isOwnedBy } from '../context.ts';
import { hasFinished } from '../trial/pod.ts';
import { isSuspended } from '../trial/suspended.ts';
import { hasFinishedJob } from '../trial/view.ts';

/** Index of Trials, Jobs and pods by namespace/name of their Study. */
export const BY_STUDY = 'study';

/** Of a Trial that is not there, or not the one it was made for. */
export function isStray(object: KubeObject, trials: Pick<Cache<Trial>, 'get'>): boolean {
  return object.metadata.labels?.[TRIAL_UID_LABEL] !== undefined && !trialOf(object, trials);
}

function trialOf({ metadata }: KubeObject, trials: Pick<Cache<Trial>, 'get'>): Trial | undefined {
  const { namespace = '', labels = {} } = metadata;
  const trial = trials.get(keyOf({ namespace, name: labels[TRIAL_LABEL] ?? '' }));
  return trial?.metadata.uid === labels[TRIAL_UID_LABEL] ? trial : undefined;
}

/** How many such trials of this Study's name hold a slot: by their pods, or by a Job that may yet make one. */
export function strayTrials({ trials, jobs, pods }: Caches, study: Study): number {
  const key = keyOf(refOf(study));
  const making = jobs
    .list(BY_STUDY, key)
    .filter((job) => !job.metadata.deletionTimestamp && !hasFinishedJob(job) && !isSuspended(job));
  const held = [...making, ...pods.list(BY_STUDY, key).filter((pod) => !hasFinished(pod))].filter((object) => {
    const uid = object.metadata.labels?.[TRIAL_UID_LABEL];
    const trial = trialOf(object, trials);
    return uid !== undefined && !(trial && isOwnedBy(trial, study));
  });
  return new Set(held.map(({ metadata }) => metadata.labels?.[TRIAL_UID_LABEL])).size;
}
