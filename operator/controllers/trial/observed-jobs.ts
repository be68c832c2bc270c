/** The Jobs of a trial, as cached or, where that may be behind, as the server has them. */
import type { Attempt } from '../../api/trial.ts';
import { type Cluster, refOfKey } from '../../kube/cluster.ts';
import type { Job } from '../../kube/kinds.ts';
import type { Place } from '../../workloads/workloads.ts';
import { BY_TRIAL } from './observed-pods.ts';

export interface JobSource {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly place: Pick<Place, 'kind' | 'cache'>;
}

/**
 * As cached; but the Job of an attempt under way is not taken to be gone before the server itself has said so: where
 * another process has made it, the Trial that tells of it may be cached sooner.
 */
export async function observedJobs(
  { cluster, place }: JobSource,
  key: string,
  attempt: Attempt | undefined,
): Promise<readonly Job[]> {
  const cached = place.cache.list(BY_TRIAL, key);
  if (!attempt || cached.some(({ metadata }) => metadata.name === attempt.job)) return cached;
  const found = await cluster.get(place.kind, { ...refOfKey(key), name: attempt.job });
  return found ? [...cached, found] : cached;
}
