/** Whether the operator knows of the end of every process. Pure. */
import { TRIAL, type Trial } from '../../operator/api/trial.ts';
import { JOB, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import { hasEnded, hasFinished, ownerOf } from '../../operator/local/pods.ts';
import type { LocalCluster } from '../../operator/local/store.ts';

/** While nothing is started any more: no attempt counts as under way that has lost its process. */
export function hasTakenNote(cluster: LocalCluster): boolean {
  const jobs = new Map(cluster.objects(JOB).map((job) => [job.metadata.name, job]));
  const pods = cluster.objects(POD);
  return cluster.objects(TRIAL).every((trial) => isUnderWay(trial, jobs, pods));
}

function isUnderWay({ status }: Trial, jobs: ReadonlyMap<string, Job>, pods: readonly Pod[]): boolean {
  const attempt = status?.attempts?.at(-1);
  if (!attempt || attempt.outcome !== undefined) return true;
  const job = jobs.get(attempt.job);
  if (!job || hasFinished(job) || job.metadata.deletionTimestamp !== undefined) return false;
  return !pods.some((pod) => ownerOf(pod)?.name === attempt.job && hasEnded(pod));
}
