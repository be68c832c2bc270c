/** Removes checkpoints in a cluster: by a short Job that mounts the claim, one at a time for each Study. */
import { TRIALS_ANNOTATION } from './api/common.ts';
import type { Study } from './api/study.ts';
import { condition, isTrue } from './conditions.ts';
import type { Cleaner, Cleaning } from './controllers/study/cleaning.ts';
import { type Cluster, isKubeError, type ObjectRef } from './kube/cluster.ts';
import { JOB, type Job } from './kube/kinds.ts';
import { cleaningJob, cleaningName } from './objects/checkpoint.ts';

/** `image`: the operator's own. */
export function jobCleaner(cluster: Cluster, image: string): Cleaner {
  return {
    remove: async (study, trials) => {
      const job = await cluster.get(JOB, refTo(study));
      if (job) return cleaningOf(job, study);
      try {
        await cluster.create(JOB, cleaningJob(study, trials, image));
      } catch (error) {
        if (isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden')) return { kind: 'Failed', message: error.message };
        // Somebody was faster: as good.
        if (!isKubeError(error, 'AlreadyExists')) throw error;
      }
      return { kind: 'UnderWay' };
    },
    settle: async (study) => {
      const job = await cluster.get(JOB, refTo(study));
      const { uid } = job?.metadata ?? {};
      if (job && isTrue(job.status?.conditions, 'Complete')) {
        await cluster.delete(JOB, refTo(study), uid === undefined ? {} : { uid });
      }
    },
  };
}

function cleaningOf({ metadata, status }: Job, study: Study): Cleaning {
  // That of an earlier Study of the same name goes with it.
  const isOurs = metadata.ownerReferences?.some(({ uid }) => uid === study.metadata.uid);
  if (!isOurs || metadata.deletionTimestamp) return { kind: 'UnderWay' };
  if (isTrue(status?.conditions, 'Complete')) {
    return { kind: 'Done', trials: (metadata.annotations?.[TRIALS_ANNOTATION] ?? '').split(',') };
  }
  const failed = condition(status?.conditions, 'Failed');
  if (failed?.status !== 'True') return { kind: 'UnderWay' };
  return { kind: 'Failed', message: `Job ${metadata.name} failed: ${failed.message ?? failed.reason}` };
}

function refTo(study: Study): ObjectRef {
  return { namespace: study.metadata.namespace ?? '', name: cleaningName(study) };
}
