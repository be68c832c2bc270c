/** Trials that pause at their rung and give their GPU back: by ending there, or by a signal. */
import { beforeAll, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL, type Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import { JOB, type Pod } from '../../operator/kube/kinds.ts';
import { aStudy } from './harness/manifest.ts';
import { aborted, envOf, type PodRun, type PodScript, printing, running } from './harness/pod-script.ts';
import type { Json } from './harness/rest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const EPOCH_MS = 300;

/** What the training code of each trial has kept, by its name. */
const checkpoints = new Map<string, number>();
/** When each pod reported its last epoch, and when its code began, by the clock of the test. */
const spans: { readonly trial: string; readonly pod: string; readonly from: number; to: number }[] = [];

/** The folders that Jobs were told to remove. */
const removed: string[] = [];

/** What the operator's image does where it is told to remove checkpoints. */
function cleaning(pod: Pod): PodScript {
  removed.push(...(pod.spec.containers[0]?.command?.slice(3) ?? []));
  return printing(['removed']);
}

/** Trains from its checkpoint until it is told to end, or to ABOHB_UNTIL; the smaller lr, the better. */
function training(pod: Pod): PodScript {
  const trial = envOf(pod, 'ABOHB_TRIAL') ?? '';
  const last = Number(envOf(pod, 'ABOHB_UNTIL'));
  const { lr } = JSON.parse(envOf(pod, 'ABOHB_PARAMETERS') ?? '{}') as { readonly lr: number };
  return running(async (run) => {
    const span = { trial, pod: pod.metadata.name, from: Date.now(), to: 0 };
    spans.push(span);
    for (let epoch = (checkpoints.get(trial) ?? 0) + 1; epoch <= last; epoch++) {
      const isTold = await isToldToEnd(run);
      if (isTold) return 143;
      run.print(`{"epoch": ${epoch}, "val_error": ${lr + 1 / (1 + epoch)}}`);
      span.to = Date.now();
      checkpoints.set(trial, epoch);
    }
    return 0;
  });
}

async function isToldToEnd({ sleep, signal }: PodRun): Promise<boolean> {
  await Promise.race([sleep(EPOCH_MS), aborted(signal)]).catch(() => undefined); // Told to end: the signal says so.
  return signal.aborted;
}

/** Of all these Studies. */
const PROMOTED: Json = {
  resource: { max: 9 },
  parameters: [{ name: 'lr', float: { min: 0.01, max: 1 } }],
  algorithm: { asynchronousHyperband: { scheduling: 'Promotion' } },
  // From the best to the worst and back: some may go on when they reach their rung, some not.
  initialTrials: [0.5, 0.4, 0.3, 0.9, 0.2, 0.8, 0.1, 0.7, 0.05].map((lr) => ({ lr })),
  parallelism: 2,
  limits: { maxTrials: 9 },
};

/** A claim, and the volume for it; the volume alone for a claim that is made by template. */
function volumes(name: string, isClaimed = true): readonly object[] {
  const size = { storage: '1Gi' };
  const shared = { accessModes: ['ReadWriteMany'], storageClassName: '', volumeName: name };
  const { volumeName, ...volume } = shared;
  const items = [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName },
      spec: { ...volume, capacity: size, hostPath: { path: '/tmp' } },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: { ...shared, resources: { requests: size } },
    },
  ];
  return isClaimed ? items : items.slice(0, 1);
}

describeOnCluster('a Study whose trials are promoted', 'nodes', (plane) => {
  const team = teamOn(plane, 'promotion');
  beforeAll(() => team.apply(...volumes('checkpoints')));
  serve(plane, {
    teams: [team],
    gpus: 4,
    script: (pod) => (envOf(pod, 'ABOHB_TRIAL') === undefined ? cleaning(pod) : training(pod)),
  });

  /** The Trials of such a Study, run to its end. */
  const run = async (name: string, spec: Json): Promise<readonly Trial[]> => {
    await team.apply(aStudy(name, { ...PROMOTED, ...spec }));
    await team.ended(name);
    return team.list(TRIAL, name);
  };
  /** Milliseconds from the last report of a trial's pod to the start of its next one, for trials promoted at once. */
  const delays = (trials: readonly Trial[]): readonly number[] =>
    trials.flatMap(({ metadata, spec }) => {
      const own = spans.filter(({ trial }) => trial === metadata.name);
      const promotions = spec.decisions.filter(({ kind }) => kind === 'Promote');
      return promotions.flatMap(({ at, level }, i) => {
        const pause = spec.decisions.find((decision) => decision.kind === 'Pause' && decision.level === level);
        const isAtOnce = Date.parse(at) - Date.parse(pause?.at ?? '') < 500;
        return isAtOnce ? [(own[i + 1]?.from ?? Number.NaN) - (own[i]?.to ?? 0)] : [];
      });
    });

  test('by ending at its rung: its Job is complete, and one promoted at once goes on within seconds', async () => {
    const trials = await run('exiting', { checkpoint: { claimName: 'checkpoints' } });
    const jobs = await team.list(JOB, 'exiting');
    expect(jobs.every(({ status }) => condition(status?.conditions, 'Complete')?.status === 'True')).toBe(true);
    // Trained once, whatever the number of Jobs.
    for (const { status } of trials) expect(status?.usage?.resource).toBe(status?.reached);
    const waited = delays(trials);
    expect(waited.length).toBeGreaterThan(0);
    expect(Math.max(...waited)).toBeLessThan(10_000);
  });

  test('by a signal: its Job is deleted at the rung, and one promoted at once goes on in its pod', async () => {
    const trials = await run('signalled', { pause: 'Signal', checkpoint: { claimName: 'checkpoints' } });
    const outcomes = trials.flatMap(({ status }) => (status?.attempts ?? []).map(({ outcome }) => outcome));
    expect(new Set(outcomes)).toEqual(new Set(['Paused', 'Succeeded']));
    const isPromoted = ({ spec }: Trial): boolean => spec.decisions.some(({ kind }) => kind === 'Promote');
    const inPlace = trials.filter((trial) => isPromoted(trial) && trial.status?.attempts?.length === 1);
    expect(inPlace.length).toBeGreaterThan(0);
    for (const { status } of trials) expect(status?.usage?.resource).toBe(status?.reached);
    const study = await team.get(STUDY, 'signalled');
    expect(study.status?.usage?.preemptions).toBe(0);
  });

  test('by resources of its own for each Job: none at the first rung, a GPU from the second on', async () => {
    const resourceProfiles = [{ fromLevel: 3, limits: { 'nvidia.com/gpu': 1 } }];
    const trials = await run('profiled', { resourceProfiles, checkpoint: { claimName: 'checkpoints' } });
    const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
    for (const { until: level, gpus } of attempts) expect([level, gpus]).toEqual([level, level < 3 ? 0 : 1]);
    expect(attempts.some(({ gpus }) => gpus > 0)).toBe(true);
    const usage = await team.seen(STUDY, 'profiled', 'has summed up what was used', ({ status }) => status?.usage);
    expect(usage.gpuSeconds).toBeGreaterThan(0);
    expect(usage.byOutcome.completed + usage.byOutcome.paused).toBeCloseTo(usage.gpuSeconds);
  });

  test('in a claim of its own, from which the checkpoints of who is not among the best are removed', async () => {
    await team.apply(...volumes('of-its-own', false));
    const claim = { accessModes: ['ReadWriteMany'], storageClassName: '', volumeName: 'of-its-own' };
    const claimTemplate = { spec: { ...claim, resources: { requests: { storage: '1Gi' } } } };
    await run('tidy', { algorithm: { randomSearch: {} }, checkpoint: { claimTemplate, retain: 'Best' } });
    const kept = await until(
      'all checkpoints but one have been removed',
      async () => {
        const trials = await team.list(TRIAL, 'tidy');
        const left = trials.filter(({ status }) => !status?.checkpointRemoved);
        return left.length === 1 ? left[0] : undefined;
      },
      60_000,
    );
    expect(kept.metadata.name).toBe((await team.get(STUDY, 'tidy')).status?.bestFinal?.trial);
    expect(new Set(removed).size).toBe(8);
    await until('the Job is gone', async () => (await team.list(JOB, 'tidy')).length === 9, 30_000);
  });
});
