/** The pods of a trial, as cached or, where that may be behind, as the server has them. */
import { TRIAL_LABEL } from '../../api/common.ts';
import type { Study } from '../../api/study.ts';
import type { Attempt, Trial } from '../../api/trial.ts';
import { type Cluster, type ObjectRef, refOf } from '../../kube/cluster.ts';
import { type Job, POD, type Pod } from '../../kube/kinds.ts';
import { asJobPods, reportingLabels } from '../../objects/workload.ts';
import type { Cache } from '../../runtime/cache.ts';
import { isMadeFor } from './own-pod.ts';
import { hasFinished, wasDisrupted } from './pod.ts';
import { hasFinishedJob, podOf } from './view.ts';

/** Index of Jobs and pods by namespace/name of their Trial. */
export const BY_TRIAL = 'trial';

export interface PodSource {
  readonly cluster: Cluster;
  /** Those that carry our label. */
  readonly pods: Cache<Pod>;
  /** Those that the Study finds by labels of its own; undefined where it names none, or has no need of them any more. */
  readonly labelled: Cache<Pod> | undefined;
}

export interface Wanted {
  readonly study: Study;
  readonly trial: Trial;
  /** The one under way. */
  readonly attempt: Attempt | undefined;
  readonly jobs: readonly Job[];
}

export function cachedPods({ pods, labelled }: Omit<PodSource, 'cluster'>, key: string): readonly Pod[] {
  return distinct([...pods.list(BY_TRIAL, key), ...(labelled?.list(BY_TRIAL, key) ?? [])]);
}

/**
 * As cached; but an attempt is not taken to have ended before the server itself has shown its pod finished or gone: the
 * caches of Jobs and pods are filled by two watches, and one may be far behind the other.
 */
export async function observedPods(source: PodSource, key: string, wanted: Wanted): Promise<readonly Pod[]> {
  const { study, trial, attempt, jobs } = wanted;
  const of = { trial: trial.metadata.name, attempt: attempt?.job ?? '' };
  const own = (pods: readonly Pod[]): readonly Pod[] =>
    asJobPods(
      pods.filter((pod) => isMadeFor(trial, pod)),
      study.spec,
      of,
    );
  const cached = own(cachedPods(source, key));
  const pod = attempt && podOf({ study, pods: cached }, attempt);
  // One that was disrupted may have been replaced since.
  const isLast = pod !== undefined && hasFinished(pod) && !wasDisrupted(pod);
  if (!attempt || isLast || !hasEnding(jobs.find(({ metadata }) => metadata.name === attempt.job))) {
    return cached;
  }
  return own(await listedPods(source, refOf(trial), reportingLabels(study.spec, of)));
}

async function listedPods(
  { cluster }: PodSource,
  { namespace, name }: ObjectRef,
  labels: Readonly<Record<string, string>> | undefined,
): Promise<readonly Pod[]> {
  const ours = (await cluster.list(POD, { namespace, labelSelector: `${TRIAL_LABEL}=${name}` }, NEVER)).items;
  if (labels === undefined) return ours;
  const labelSelector = Object.entries(labels)
    .map((entry) => entry.join('='))
    .join(',');
  return distinct([...ours, ...(await cluster.list(POD, { namespace, labelSelector }, NEVER)).items]);
}

function distinct(pods: readonly Pod[]): readonly Pod[] {
  return [...new Map(pods.map((pod) => [pod.metadata.name, pod])).values()];
}

/** Gone, going or finished. */
function hasEnding(job: Job | undefined): boolean {
  return !job || job.metadata.deletionTimestamp !== undefined || hasFinishedJob(job);
}

const NEVER = new AbortController().signal;
