/** Plays the Job controller: one pod per Job, and the Job's status after the pod's. */
import type { ObjectRef } from '../kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  activeStatus,
  finishedStatus,
  hasEnded,
  hasFinished,
  ownerOf,
  podOf,
  SUSPENDED_ANNOTATION,
  suspendedStatus,
  time,
} from './pods.ts';
import type { LocalCluster } from './store.ts';
import { annotate, setStatus } from './writes.ts';

export interface JobControllerOptions {
  readonly cluster: LocalCluster;
  readonly clock: Pick<Clock, 'now'>;
  readonly primaryContainer: (job: Job) => string;
}

/** startsPods: false while everything comes to an end. */
export async function reconcileJob(
  ref: ObjectRef,
  startsPods: boolean,
  { cluster, clock, primaryContainer }: JobControllerOptions,
): Promise<void> {
  const job = await cluster.get(JOB, ref);
  if (job === undefined || job.metadata.deletionTimestamp !== undefined || hasFinished(job)) return;
  const pods = cluster.objects(POD).filter((pod) => ownerOf(pod)?.uid === job.metadata.uid);
  const now = time(clock.now());
  if (job.spec.suspend) {
    for (const pod of pods) await suspendPod(cluster, pod);
    await setStatus(cluster, JOB, { ...job, status: suspendedStatus(job, now) });
    return;
  }
  let pod = pods.find(isCounted);
  // A pod that was suspended is waited for: two processes of one Job would write the same checkpoint.
  if (pod === undefined && (pods.length > 0 || !startsPods)) return;
  pod ??= await cluster.create(POD, podOf(job, primaryContainer(job)));
  await setStatus(cluster, JOB, { ...job, status: (hasEnded(pod) ? finishedStatus : activeStatus)(job, pod, now) });
}

function isCounted({ metadata }: Pod): boolean {
  return metadata.annotations?.[SUSPENDED_ANNOTATION] === undefined;
}

async function suspendPod(cluster: LocalCluster, pod: Pod): Promise<void> {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  await annotate(cluster, pod, { [SUSPENDED_ANNOTATION]: 'true' });
  const { name, namespace = '' } = pod.metadata;
  await cluster.delete(POD, { name, namespace });
}
