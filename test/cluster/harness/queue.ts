/** Plays Kueue on a real API server, in one namespace: a webhook that suspends its Jobs, and what admits and preempts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { QUEUE_LABEL } from '../../../operator/api/queue.ts';
import type { Job } from '../../../operator/kube/kinds.ts';
import { isQueued, moves } from '../../queue/policy.ts';
import { isRefusal, persist } from './persist.ts';
import type { Rest } from './rest.ts';
import { startWebhook } from './webhook.ts';

export interface FakeQueueOptions {
  readonly admin: Rest;
  readonly namespace: string;
  /** Jobs that may run at once, of each queue. */
  readonly quotas: Readonly<Record<string, number>>;
  readonly priorities?: Readonly<Record<string, number>>;
}

export interface FakeQueue {
  /** Jobs above it are preempted, the youngest first. */
  setQuota(queue: string, quota: number): void;
  stop(): Promise<void>;
}

const RECONNECT_MS = 100;

type JobEvent = { readonly type: string; readonly object: Job };

export async function startFakeQueue(options: FakeQueueOptions): Promise<FakeQueue> {
  const { admin, namespace, priorities = {} } = options;
  const quotas = new Map(Object.entries(options.quotas));
  const jobs = new Map<string, Job>();
  const admitted = new Set<string>();
  const stopped = new AbortController();
  const { signal } = stopped;
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const webhook = await startWebhook({
    admin,
    name: 'fake-queue',
    namespace,
    rule: { apiGroups: ['batch'], apiVersions: ['v1'], resources: ['jobs'] },
    label: QUEUE_LABEL,
    patch: () => [{ op: 'add', path: '/spec/suspend', value: true }],
  });

  const suspend = async (job: Job, value: boolean): Promise<void> => {
    const uid = job.metadata.uid ?? '';
    if (value) admitted.delete(uid);
    else admitted.add(uid);
    await persist(signal, async () => {
      const body = { metadata: { uid }, spec: { suspend: value } };
      const after = await admin.call<Job & { spec: object }>('PATCH', `${path}/${job.metadata.name}`, { body });
      if (jobs.has(uid)) jobs.set(uid, after);
    });
  };

  const act = async (): Promise<void> => {
    for (const job of jobs.values()) {
      // Whoever suspends an admitted Job has Kueue against them.
      if (job.spec.suspend && admitted.has(job.metadata.uid ?? '')) await suspend(job, false);
    }
    const next = moves([...jobs.values()], { quota: (queue) => quotas.get(queue) ?? 0, priorities });
    for (const job of next.evict) await suspend(job, true);
    for (const job of next.admit) await suspend(job, false);
  };
  let acting = Promise.resolve();
  const wake = (): void => {
    acting = acting.then(() => (signal.aborted ? undefined : act()));
  };

  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await watchOnce();
      } catch (error) {
        if (isRefusal(error)) throw error;
      }
      if (!signal.aborted) await sleep(RECONNECT_MS);
    }
  };
  const watchOnce = async (): Promise<void> => {
    jobs.clear(); // a watch without a version begins with all that exist
    for await (const line of admin.lines(`${path}?watch=1&labelSelector=${QUEUE_LABEL}`, signal)) {
      const { type, object } = JSON.parse(line) as JobEvent;
      const uid = object.metadata?.uid ?? '';
      if (type === 'ERROR') return;
      if (type === 'DELETED') jobs.delete(uid);
      else if (isQueued(object) && version(object) >= version(jobs.get(uid))) jobs.set(uid, object);
      wake();
    }
  };
  const watching = watch();

  return {
    setQuota: (queue, quota) => {
      quotas.set(queue, quota);
      wake();
    },
    stop: async () => {
      stopped.abort();
      await Promise.all([watching, acting]);
      await webhook.stop();
    },
  };
}

/** Our own write may be known before the event of one that came earlier. */
function version(job: Job | undefined): number {
  return Number(job?.metadata.resourceVersion ?? 0);
}
