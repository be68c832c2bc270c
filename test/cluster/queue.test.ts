/** Trials that wait in a queue of Kueue, are preempted and go on, with the operator as its own process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Job, Pod } from '../../operator/kube/kinds.ts';
import { stateOf } from '../../operator/observe.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { aborted, envOf, lasting, type PodScript, running } from './harness/pod-script.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { type FakeQueue, startFakeQueue } from './harness/queue.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const report = (epoch: number): string => `{"epoch": ${epoch}, "val_error": ${1 / epoch}}`;

/** What trials have written down; outlives their pods. */
const checkpoints = new Map<string, number>();

/** Trains an epoch at a time from its checkpoint; the first pod of a trial does two and then waits for its end. */
const continuing: PodScript = running(async ({ pod, print, signal }) => {
  const trial = envOf(pod, 'ABOHB_TRIAL') ?? '';
  const from = checkpoints.get(trial) ?? 0;
  if (from > 0) print(report(from));
  for (let epoch = from + 1; epoch <= Number(envOf(pod, 'ABOHB_UNTIL')); epoch++) {
    print(report(epoch));
    checkpoints.set(trial, epoch);
    if (from === 0 && epoch === 2) await aborted(signal);
    if (signal.aborted) throw signal.reason;
  }
  return 0;
});

function aStudy(name: string, queue: string, spec: Readonly<Record<string, unknown>>): string {
  const container = { name: 'train', image: 'train:1', resources: { limits: { 'nvidia.com/gpu': 1 } } };
  return JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 4 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      algorithm: { randomSearch: {} },
      trialTemplate: {
        metadata: { labels: { 'kueue.x-k8s.io/queue-name': queue } },
        spec: { template: { spec: { containers: [container] } } },
      },
      ...spec,
    },
  });
}

describeOnCluster('a Study in a queue', 'nodes', (plane) => {
  let namespace: string;
  let operator: OperatorProcess;
  let kubelets: Kubelets;
  let queue: FakeQueue;
  let kubectl: Program;
  beforeAll(async () => {
    namespace = await plane().namespace('queue');
    ({ kubectl } = await programsFor(plane().kubeconfig));
    const installed = await installChart(plane(), [namespace]);
    const quotas = { small: 1, shared: 1, roomy: 3 };
    queue = await startFakeQueue({ admin: plane().admin, namespace, quotas, priorities: { high: 100 } });
    operator = startOperatorProcess({ ...installed, namespaces: [namespace] });
    const script = ({ metadata }: Pod): PodScript =>
      metadata.labels?.['abohb.dev/study'] === 'preempted' ? continuing : lasting(report(1));
    kubelets = await startKubelets({ kubeconfig: plane().kubeconfig, nodes: [{ name: 'queue', gpus: 8 }], script });
  });
  afterAll(async () => {
    await operator.stop();
    await kubelets.stop();
    await queue.stop();
  });

  const get = async <T>(...what: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl(['get', ...what, '-n', namespace, '-o', 'json'])) as T;
  const list = async <T>(kind: string, study: string): Promise<readonly T[]> =>
    (await get<{ items: readonly T[] }>(kind, '-l', `abohb.dev/study=${study}`)).items;
  const apply = (study: string): Promise<string> => kubectl(['apply', '-n', namespace, '-f', '-'], study);
  /** In no order: whose turn it is first is the queue's to say. */
  const reasons = async (study: string): Promise<readonly string[]> => {
    const trials = await list<Trial>('trials', study);
    const all = trials.map(({ status }) => {
      const state = stateOf(status) ?? '';
      return `${state} ${condition(status?.conditions, state)?.reason}`;
    });
    return all.sort();
  };
  const becomes = (study: string, expected: readonly string[]): Promise<unknown> =>
    until(`${study}: ${expected}`, async () => String(await reasons(study)) === String(expected), 60_000);

  test('what waits is shown as waiting, few wait, and when the Study ends so does their place in the queue', async () => {
    await apply(aStudy('waiting', 'small', { parallelism: 5, queue: { surplus: 2 }, limits: { maxTrials: 9 } }));
    await becomes('waiting', ['Queued WaitsForQuota', 'Queued WaitsForQuota', 'Running Training']);
    const { status } = await until('they are counted', async () => {
      const study = await get<Study>('study', 'waiting');
      return study.status?.trials?.running === 1 && study.status.trials.queued === 2 ? study : undefined;
    });
    expect([status?.trials?.created, status?.usage?.preemptions]).toEqual([3, 0]);
    const jobs = await list<Job>('jobs', 'waiting');
    expect(jobs.map(({ spec }) => spec.suspend).sort()).toEqual([false, true, true]);

    const ended = { spec: { limits: { maxDuration: '1s' } } };
    await kubectl(['patch', 'study', 'waiting', '-n', namespace, '--type=merge', '-p', JSON.stringify(ended)]);
    await becomes('waiting', ['Stopped StudyEnded', 'Stopped StudyEnded', 'Stopped StudyEnded']);
    await until('no Job is left', async () => (await list('jobs', 'waiting')).length === 0);
  });

  test('a preempted trial fails nothing, waits, and goes on from its checkpoint in the same Job', async () => {
    await apply(aStudy('preempted', 'shared', { parallelism: 1, limits: { maxTrials: 1, maxFailedTrials: 0 } }));
    await until(
      'two epochs are trained',
      async () => (await list<Trial>('trials', 'preempted'))[0]?.status?.reached === 2,
    );
    queue.setQuota('shared', 0);
    await becomes('preempted', ['Queued Preempted']);
    await until('its pod is gone', async () => (await list('pods', 'preempted')).length === 0);
    expect(await list('jobs', 'preempted')).toHaveLength(1);

    queue.setQuota('shared', 1);
    await becomes('preempted', ['Completed MaxReached']);
    const [trial] = await list<Trial>('trials', 'preempted');
    expect(trial?.status?.observations?.map(({ resource }) => resource)).toEqual([1, 2, 3, 4]);
    const attempts = trial?.status?.attempts ?? [];
    expect(attempts.map(({ job, from, trained, outcome }) => [job, from, trained, outcome])).toEqual([
      ['preempted-0001-1', 0, 2, 'Preempted'],
      ['preempted-0001-1', 2, 2, 'Succeeded'],
    ]);
    expect(new Set(attempts.map(({ pod }) => pod)).size).toBe(2);
    const held = attempts.map(({ startTime = '', endTime = '' }) => Date.parse(endTime) - Date.parse(startTime));
    expect(trial?.status?.usage).toEqual({ resource: 4, gpuSeconds: held.reduce((sum, ms) => sum + ms, 0) / 1000 });
    const { status } = await until('it is summed up', async () => {
      const study = await get<Study>('study', 'preempted');
      return study.status?.completionTime === undefined ? undefined : study;
    });
    expect([status?.trials?.failed, status?.usage?.preemptions]).toEqual([0, 1]);
    const described = await kubectl(['describe', 'study', 'preempted', '-n', namespace]);
    expect(described).toContain('trial 1 was preempted by its queue and waits there to go on');
  });

  test('a trial that has passed a rung has the priority of the next', async () => {
    const priorityClasses = [{ fromLevel: 2, name: 'high' }];
    const algorithm = { asynchronousHyperband: { reductionFactor: 2 } };
    await apply(
      aStudy('rising', 'roomy', { algorithm, queue: { priorityClasses }, parallelism: 1, limits: { maxTrials: 1 } }),
    );
    const job = await until('its Job has a priority', async () => {
      const [first] = await list<Job>('jobs', 'rising');
      return first?.metadata.labels?.['kueue.x-k8s.io/priority-class'] === undefined ? undefined : first;
    });
    expect([job.metadata.name, job.spec.suspend]).toEqual(['rising-0001-1', false]);
    expect(job.metadata.labels).toMatchObject({
      'kueue.x-k8s.io/priority-class': 'high',
      'kueue.x-k8s.io/queue-name': 'roomy',
    });
  });
});
