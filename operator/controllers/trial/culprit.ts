/** Which of several pods a Job has failed for. Pure. */
import { isTrue } from '../../conditions.ts';
import type { Pod } from '../../kube/kinds.ts';
import { finishTime, wasDisrupted } from './pod.ts';
import { container, podsOfJob, type TrialView } from './view.ts';

/**
 * The pod that failed by itself: the others are deleted for it. Of several the first, as the others may have failed for
 * want of it; one that was disrupted only where there is no other, since it would have been replaced. Undefined while the
 * Job has not failed.
 */
export function failedPod(
  { study, jobs, pods }: Pick<TrialView, 'study' | 'jobs' | 'pods'>,
  name: string,
): Pod | undefined {
  const job = jobs.find(({ metadata }) => metadata.name === name);
  if (!isTrue(job?.status?.conditions, 'Failed')) return undefined;
  return firstFailed({ study, pods }, name);
}

/** Of the pods of a Job, whatever has become of that; one that was disrupted only where there is no other. */
export function firstFailed({ study, pods }: Pick<TrialView, 'study' | 'pods'>, name: string): Pod | undefined {
  const failed = podsOfJob(name, pods).filter(
    ({ status, metadata }) => status?.phase === 'Failed' && metadata.deletionTimestamp === undefined,
  );
  const end = (pod: Pod): string => finishTime(pod, container(study)) ?? '';
  const byEnd = failed.toSorted((a, b) => end(a).localeCompare(end(b)));
  return byEnd.find((pod) => !wasDisrupted(pod)) ?? byEnd[0];
}
