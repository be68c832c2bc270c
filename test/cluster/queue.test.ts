/** Trials that wait in a queue of Kueue, are preempted and go on, with the operator as its own process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import { JOB, POD } from '../../operator/kube/kinds.ts';
import { stateOf } from '../../operator/observe.ts';
import { aStudy, jobWith, type Manifest } from './harness/manifest.ts';
import { aborted, envOf, lasting, type PodScript, running, studyOf } from './harness/pod-script.ts';
import { type FakeQueue, startFakeQueue } from './harness/queue.ts';
import type { Json } from './harness/rest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
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

/** Trials of four epochs on a GPU each, whose Jobs wait in this queue. */
function queued(name: string, queue: string, spec: Json): Manifest {
  const job = jobWith({ resources: { limits: { 'nvidia.com/gpu': 1 } } });
  const trialTemplate = { ...job, metadata: { labels: { 'kueue.x-k8s.io/queue-name': queue } } };
  return aStudy(name, { resource: { max: 4 }, trialTemplate, ...spec });
}

describeOnCluster('a Study in a queue', 'nodes', (plane) => {
  const team = teamOn(plane, 'queue');
  let queue: FakeQueue;
  beforeAll(async () => {
    const quotas = { small: 1, shared: 1, roomy: 3 };
    const { namespace } = team;
    queue = await startFakeQueue({ admin: plane().admin, namespace, quotas, priorities: { high: 100 } });
  });
  afterAll(() => queue.stop());
  serve(plane, {
    teams: [team],
    gpus: 8,
    script: (pod) => (studyOf(pod) === 'preempted' ? continuing : lasting(report(1))),
  });

  /** In no order: whose turn it is first is the queue's to say. */
  const reasons = async (study: string): Promise<readonly string[]> => {
    const trials = await team.list(TRIAL, study);
    const all = trials.map(({ status }) => {
      const state = stateOf(status) ?? '';
      return `${state} ${condition(status?.conditions, state)?.reason}`;
    });
    return all.sort();
  };
  const becomes = (study: string, expected: readonly string[]): Promise<unknown> =>
    until(`${study}: ${expected}`, async () => String(await reasons(study)) === String(expected), 60_000);

  test('what waits is shown as waiting, few wait, and when the Study ends so does their place in the queue', async () => {
    await team.apply(queued('waiting', 'small', { parallelism: 5, queue: { surplus: 2 }, limits: { maxTrials: 9 } }));
    await becomes('waiting', ['Queued WaitsForQuota', 'Queued WaitsForQuota', 'Running Training']);
    const status = await team.seen(
      STUDY,
      'waiting',
      'counts them',
      (study) => study.status?.trials?.running === 1 && study.status.trials.queued === 2 && study.status,
    );
    expect([status.trials?.created, status.usage?.preemptions]).toEqual([3, 0]);
    const jobs = await team.list(JOB, 'waiting');
    expect(jobs.map(({ spec }) => spec.suspend).sort()).toEqual([false, true, true]);

    await team.patch(STUDY, 'waiting', { spec: { limits: { maxDuration: '1s' } } });
    await becomes('waiting', ['Stopped StudyEnded', 'Stopped StudyEnded', 'Stopped StudyEnded']);
    await until('no Job is left', async () => (await team.list(JOB, 'waiting')).length === 0);
  });

  test('a preempted trial fails nothing, waits, and goes on from its checkpoint in the same Job', async () => {
    await team.apply(queued('preempted', 'shared', { parallelism: 1, limits: { maxTrials: 1, maxFailedTrials: 0 } }));
    await team.reaches('preempted', 2);
    queue.setQuota('shared', 0);
    await becomes('preempted', ['Queued Preempted']);
    await until('its pod is gone', async () => (await team.list(POD, 'preempted')).length === 0);
    expect(await team.list(JOB, 'preempted')).toHaveLength(1);

    queue.setQuota('shared', 1);
    await becomes('preempted', ['Completed MaxReached']);
    const [trial] = await team.list(TRIAL, 'preempted');
    expect(trial?.status?.observations?.map(({ resource }) => resource)).toEqual([1, 2, 3, 4]);
    const attempts = trial?.status?.attempts ?? [];
    expect(attempts.map(({ job, from, trained, outcome }) => [job, from, trained, outcome])).toEqual([
      ['preempted-0001-1', 0, 2, 'Preempted'],
      ['preempted-0001-1', 2, 2, 'Succeeded'],
    ]);
    expect(new Set(attempts.map(({ pod }) => pod)).size).toBe(2);
    const held = attempts.map(({ startTime = '', endTime = '' }) => Date.parse(endTime) - Date.parse(startTime));
    expect(trial?.status?.usage).toEqual({ resource: 4, gpuSeconds: held.reduce((sum, ms) => sum + ms, 0) / 1000 });
    const { status } = await team.ended('preempted');
    expect([status?.trials?.failed, status?.usage?.preemptions]).toEqual([0, 1]);
    const described = await team.kubectl(['describe', 'study', 'preempted']);
    expect(described).toContain('trial 1 was preempted by its queue and waits there to go on');
  });

  test('a trial that has passed a rung has the priority of the next', async () => {
    const priorityClasses = [{ fromLevel: 2, name: 'high' }];
    const algorithm = { asynchronousHyperband: { reductionFactor: 2 } };
    await team.apply(
      queued('rising', 'roomy', { algorithm, queue: { priorityClasses }, parallelism: 1, limits: { maxTrials: 1 } }),
    );
    const job = await until('its Job has a priority', async () => {
      const [first] = await team.list(JOB, 'rising');
      return first?.metadata.labels?.['kueue.x-k8s.io/priority-class'] === undefined ? undefined : first;
    });
    expect([job.metadata.name, job.spec.suspend]).toEqual(['rising-0001-1', false]);
    expect(job.metadata.labels).toMatchObject({
      'kueue.x-k8s.io/priority-class': 'high',
      'kueue.x-k8s.io/queue-name': 'roomy',
    });
  });
});
