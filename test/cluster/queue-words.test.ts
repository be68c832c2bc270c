/** What the Workloads of a queue say, on a real API server with a definition like Kueue's and the rights of the chart. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Condition, Job } from '../../operator/kube/kinds.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { type FakeQueue, startFakeQueue } from './harness/queue.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const DEFINITION = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'workloads.kueue.x-k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/kueue' },
  },
  spec: {
    group: 'kueue.x-k8s.io',
    names: { kind: 'Workload', plural: 'workloads', singular: 'workload' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1beta2',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const study = (name: string): string =>
  JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 3 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      algorithm: { randomSearch: {} },
      limits: { maxTrials: 1 },
      trialTemplate: {
        metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'closed' } },
        spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } },
      },
    },
  });

/** A Workload as Kueue keeps one for this Job. */
const workload = ({ metadata: { name, uid } }: Job, active: boolean, conditions: readonly Condition[]): string =>
  JSON.stringify({
    apiVersion: 'kueue.x-k8s.io/v1beta2',
    kind: 'Workload',
    metadata: {
      name: `job-${name}`,
      labels: { 'kueue.x-k8s.io/job-uid': uid },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
    },
    spec: { active },
    status: { conditions },
  });

describeOnCluster('what a queue says of a Job', 'controllers', (plane) => {
  let namespace: string;
  let operator: OperatorProcess;
  let queue: FakeQueue;
  let kubectl: Program;
  beforeAll(async () => {
    namespace = await plane().namespace('queue-words');
    ({ kubectl } = await programsFor(plane().kubeconfig));
    await kubectl(['apply', '-f', '-'], DEFINITION);
    queue = await startFakeQueue({ admin: plane().admin, namespace, quotas: { closed: 0 } });
    operator = startOperatorProcess({ ...(await installChart(plane(), [namespace])), namespaces: [namespace] });
  });
  afterAll(async () => {
    await operator.stop();
    await queue.stop();
  });

  const apply = (text: string): Promise<string> => kubectl(['apply', '-n', namespace, '-f', '-'], text);
  const get = async <T>(...what: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl(['get', ...what, '-n', namespace, '-o', 'json'])) as T;
  const jobOf = (name: string): Promise<Job> => until('its Job waits', () => get<Job>('job', `${name}-0001-1`));
  const holds = (name: string, type: string, text: string): Promise<Trial> =>
    until(
      `${name} is ${type}: ${text}`,
      async () => {
        const trial = await get<Trial>('trial', `${name}-0001`);
        const found = condition(trial.status?.conditions, type);
        return found?.status === 'True' && found.message?.includes(text) ? trial : undefined;
      },
      90_000,
    );

  test('why it waits is told by its trial', async () => {
    await apply(study('waiting'));
    const message = 'insufficient unused quota for nvidia.com/gpu in flavor a100, 1 more needed';
    const pending = { type: 'QuotaReserved', status: 'False', reason: 'Pending', message } as const;
    await apply(workload(await jobOf('waiting'), true, [pending]));
    await holds('waiting', 'Queued', `waits in queue closed for quota: ${message}`);
  });

  test('that it will never be admitted fails its trial, and its Job and Workload are gone', async () => {
    await apply(study('refused'));
    const evicted = {
      type: 'Evicted',
      status: 'True',
      reason: 'DeactivatedDueToRequeuingLimitExceeded',
      message: 'exceeding the maximum number of re-queuing retries',
    } as const;
    await apply(workload(await jobOf('refused'), false, [evicted]));
    const trial = await holds('refused', 'Failed', 'exceeding the maximum number of re-queuing retries');
    expect(trial.status?.failure?.class).toBe('StartFailed');
    await until('both are gone', async () => {
      const { items } = await get<{ items: readonly Job[] }>('jobs,workloads.kueue.x-k8s.io');
      return items.every(({ metadata }) => !metadata.name.includes('refused'));
    });
  });
});
