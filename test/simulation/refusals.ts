/**
 * Plays the Job controller where the pods of a Job may not be created: it says so in an Event and tries again, ever more
 * rarely, until they may or nobody wants them any more.
 */
import { EVENT, JOB, type Job } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import type { Rng } from '../../src/rng.ts';

export interface Refusal {
  readonly words: string;
  /** Waiting for quota is no failure. */
  readonly isQuota: boolean;
  /** After so long it is over; Infinity for one that stays. */
  readonly lastsMs: number;
}

const QUOTA =
  'Error creating: pods is forbidden: exceeded quota: team-a, requested: cpu=1, used: cpu=8, limited: cpu=8';
const ACCOUNT = 'Error creating: pods is forbidden: error looking up service account default/trainer: not found';

/** Longer and shorter than a Job is given time for. */
const LONGEST_MS = 25 * 60_000;
const TRY_AGAIN_MS = { first: 10_000, last: 6 * 60_000 };

/** Whether the pods of a Job are refused, and how. */
export function randomRefusal(rng: Rng, chance: number): Refusal | undefined {
  if (rng.uniform() >= chance) return undefined;
  const lastsMs = rng.uniform() * LONGEST_MS;
  if (rng.uniform() < 0.5) return { words: QUOTA, isQuota: true, lastsMs };
  return { words: ACCOUNT, isQuota: false, lastsMs: rng.uniform() < 0.5 ? lastsMs : Number.POSITIVE_INFINITY };
}

export interface Refused {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly job: Job;
  /** Whether a pod is wanted at all. */
  readonly isWanted: () => boolean;
}

/** Resolves when the pod may be created, or nobody wants it any more. */
export async function refuse({ cluster, clock, job, isWanted }: Refused, { words, lastsMs }: Refusal): Promise<void> {
  const since = clock.now();
  // One that waited in a queue is given its time from when it was resumed.
  await cluster.applyStatus(JOB, started(job, since), MANAGER).catch(() => undefined);
  let waitMs = TRY_AGAIN_MS.first;
  for (let count = 1; isWanted() && clock.now() - since < lastsMs; count++) {
    await cluster.apply(EVENT, failedCreate(job, { words, count, since, now: clock.now() }), MANAGER);
    await clock.sleep(waitMs);
    waitMs = Math.min(2 * waitMs, TRY_AGAIN_MS.last);
  }
}

const MANAGER = { fieldManager: 'job-controller' };

function started({ apiVersion, kind, metadata }: Job, at: number): Job {
  const { name, namespace = '', uid = '' } = metadata;
  const status = { startTime: new Date(at).toISOString() };
  return { apiVersion, kind, metadata: { name, namespace, uid }, status } as unknown as Job;
}

interface Told {
  readonly words: string;
  readonly count: number;
  readonly since: number;
  readonly now: number;
}

function failedCreate({ metadata }: Job, { words, count, since, now }: Told) {
  const { name, namespace = '', uid = '' } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.refused`, namespace },
    involvedObject: { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid },
    type: 'Warning',
    reason: 'FailedCreate',
    message: words,
    count,
    firstTimestamp: new Date(since).toISOString(),
    lastTimestamp: new Date(now).toISOString(),
    source: { component: 'job-controller' },
  } as const;
}
