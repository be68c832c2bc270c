/**
 * Kueue as far as the operator meets it, for tests: of the Jobs with its label, which are to be admitted and which are
 * preempted for them. A quota is a number of Jobs. Pure.
 *
 * The contract: a labelled Job is suspended when it is created; admitted means resumed; preempted means suspended again,
 * and the same Job is admitted again later; an admitted Job that somebody else suspends is resumed at once.
 */
import { PRIORITY_LABEL, QUEUE_LABEL } from '../../operator/api/queue.ts';
import { isTrue } from '../../operator/conditions.ts';
import type { Job } from '../../operator/kube/kinds.ts';

export interface Policy {
  /** Jobs of the queue that may run at once. */
  readonly quota: (queue: string) => number;
  /** By the name of a class; 0 for Jobs without. */
  readonly priorities: Readonly<Record<string, number>>;
}

/** What the queue does next. */
export interface Moves {
  readonly admit: readonly Job[];
  readonly evict: readonly Job[];
}

export function isQueued({ metadata }: Job): boolean {
  return metadata.labels?.[QUEUE_LABEL] !== undefined;
}

export function moves(jobs: readonly Job[], policy: Policy): Moves {
  const living = jobs.filter((job) => isQueued(job) && !isFinished(job) && !job.metadata.deletionTimestamp);
  const queues = [...new Set(living.map(queueOf))];
  const all = queues.map((queue) =>
    movesOf(
      queue,
      living.filter((job) => queueOf(job) === queue),
      policy,
    ),
  );
  return { admit: all.flatMap(({ admit }) => admit), evict: all.flatMap(({ evict }) => evict) };
}

function movesOf(queue: string, jobs: readonly Job[], { quota, priorities }: Policy): Moves {
  const priority = (job: Job): number => priorities[job.metadata.labels?.[PRIORITY_LABEL] ?? ''] ?? 0;
  const holding = jobs.filter(holdsQuota);
  const waiting = jobs.filter((job) => !holdsQuota(job)).toSorted((a, b) => priority(b) - priority(a) || byAge(a, b));
  const free = quota(queue) - holding.length;
  if (free > 0) return { admit: waiting.slice(0, free), evict: [] };
  const admitted = holding.filter(({ spec }) => spec.suspend !== true);
  const isLeaving = holding.length > admitted.length;
  const [last] = admitted.toSorted((a, b) => priority(a) - priority(b) || byAge(b, a));
  const [first] = waiting;
  const mustGo = last && (admitted.length > quota(queue) || (first && !isLeaving && priority(first) > priority(last)));
  return { admit: [], evict: mustGo ? [last] : [] };
}

/** Admitted, or preempted with pods that have not gone yet. */
function holdsQuota({ spec, status }: Job): boolean {
  return spec.suspend !== true || (status?.active ?? 0) + (status?.terminating ?? 0) > 0;
}

function isFinished({ status }: Job): boolean {
  return isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed');
}

function queueOf({ metadata }: Job): string {
  return metadata.labels?.[QUEUE_LABEL] ?? '';
}

function byAge(a: Job, b: Job): number {
  const [first, second] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.name}`);
  return (first ?? '').localeCompare(second ?? '');
}
