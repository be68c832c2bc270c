/** What the Workloads of a queue say, on a real API server with a definition like Kueue's and the rights of the chart. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Kind } from '../../operator/kube/cluster.ts';
import { type Condition, JOB, type Job } from '../../operator/kube/kinds.ts';
import { definitionOf } from './harness/definitions.ts';
import { aStudy, jobWith, type Manifest } from './harness/manifest.ts';
import { type FakeQueue, startFakeQueue } from './harness/queue.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const WORKLOAD: Kind = { group: 'kueue.x-k8s.io', version: 'v1beta2', kind: 'Workload', plural: 'workloads' };

/** One trial, whose Job waits in a queue. */
function queued(name: string): Manifest {
  const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'closed' } };
  return aStudy(name, { trialTemplate: { metadata, ...jobWith({}) } });
}

/** A Workload as Kueue keeps one for this Job. */
function workload({ metadata: { name, uid } }: Job, active: boolean, said: Condition): object {
  return {
    apiVersion: 'kueue.x-k8s.io/v1beta2',
    kind: 'Workload',
    metadata: {
      name: `job-${name}`,
      labels: { 'kueue.x-k8s.io/job-uid': uid },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
    },
    spec: { active },
    status: { conditions: [said] },
  };
}

describeOnCluster('what a queue says of a Job', 'controllers', (plane) => {
  const team = teamOn(plane, 'queue-words');
  let queue: FakeQueue;
  beforeAll(async () => {
    await team.apply(definitionOf(WORKLOAD));
    queue = await startFakeQueue({ admin: plane().admin, namespace: team.namespace, quotas: { closed: 0 } });
  });
  afterAll(() => queue.stop());
  serve(plane, { teams: [team] });

  const jobOf = (study: string): Promise<Job> => until('its Job waits', () => team.get(JOB, `${study}-0001-1`));

  test('why it waits is told by its trial', async () => {
    await team.apply(queued('waiting'));
    const message = 'insufficient unused quota for nvidia.com/gpu in flavor a100, 1 more needed';
    const pending = { type: 'QuotaReserved', status: 'False', reason: 'Pending', message } as const;
    await team.apply(workload(await jobOf('waiting'), true, pending));
    await team.has(TRIAL, 'waiting-0001', {
      type: 'Queued',
      status: 'True',
      message: `waits in queue closed for quota: ${message}`,
    });
  });

  test('that its queue is missing is told by its Study, until there is one', async () => {
    await team.apply(queued('astray'));
    const job = await jobOf('astray');
    const message = "LocalQueue closed doesn't exist";
    const missing = { type: 'QuotaReserved', status: 'False', reason: 'Inadmissible', message } as const;
    await team.apply(workload(job, true, missing));
    const stalled = await team.has(STUDY, 'astray', { type: 'Stalled', status: 'True', reason: 'QueueNotFound' });
    expect(stalled.message).toContain(message);
    const pending = { type: 'QuotaReserved', status: 'False', reason: 'Pending', message: 'its turn comes' } as const;
    await team.apply(workload(job, true, pending));
    await team.has(STUDY, 'astray', { type: 'Stalled', status: 'False' });
  });

  test('that it will never be admitted fails its trial, and its Job and Workload are gone', async () => {
    await team.apply(queued('refused'));
    const evicted = {
      type: 'Evicted',
      status: 'True',
      reason: 'DeactivatedDueToRequeuingLimitExceeded',
      message: 'exceeding the maximum number of re-queuing retries',
    } as const;
    await team.apply(workload(await jobOf('refused'), false, evicted));
    const trial = await team.firstTrial('refused', 'Failed');
    expect(condition(trial.status?.conditions, 'Failed')?.message).toContain(evicted.message);
    expect(trial.status?.failure?.class).toBe('StartFailed');
    await until('both are gone', async () => {
      const left = await team.kubectl(['get', 'jobs,workloads.kueue.x-k8s.io', '-o', 'name']);
      return !left.includes('refused');
    });
  });
});
