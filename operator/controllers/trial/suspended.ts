/** Whether somebody holds a Job back: a queue, mostly. */
import type { Job } from '../../kube/kinds.ts';

export function isSuspended(job: Job | undefined): boolean {
  return job?.spec.suspend === true;
}
