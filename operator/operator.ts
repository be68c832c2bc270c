/**
 * The operator: caches kept equal to the cluster, the two controllers, and the wiring between them. Runs on any Cluster:
 * a real API server, the in-process store of `abohb run`, the simulation's under virtual time.
 */
import type { Logger } from 'pino';
import { TRIAL_LABEL } from './api/common.ts';
import { STUDY, type Study } from './api/study.ts';
import { TRIAL, type Trial } from './api/trial.ts';
import { condition } from './conditions.ts';
import { studyKey } from './controllers/context.ts';
import type { Cleaner } from './controllers/study/cleaning.ts';
import { BY_STUDY, isStray } from './controllers/study/strays.ts';
import { studyReconciler } from './controllers/study/study.ts';
import { BY_TRIAL } from './controllers/trial/observed-pods.ts';
import { trialReconciler } from './controllers/trial/trial.ts';
import { type Suggest, Suggester } from './engine/suggester.ts';
import { type Cluster, type Kind, type KubeObject, keyOf, type Query, refOf } from './kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from './kube/kinds.ts';
import { LogFollower } from './metrics/follower.ts';
import { stateOf } from './observe.ts';
import { Cache, type Change } from './runtime/cache.ts';
import type { Clock } from './runtime/clock.ts';
import { runController } from './runtime/controller.ts';
import { EventRecorder } from './runtime/events.ts';
import { Freshness } from './runtime/freshness.ts';
import { WorkQueue } from './runtime/queue.ts';
import { Reflector, type ReflectorHealth } from './runtime/reflector.ts';
import type { StudyUsage, Telemetry } from './telemetry.ts';
import { type Source, Workloads } from './workloads/workloads.ts';

export interface OperatorOptions {
  readonly cluster: Cluster;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1): for the jitter of waits and for seeds; no decision depends on it otherwise. */
  readonly random: () => number;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly suggest: Suggest;
  /** The operator's own image, for the sidecars of trials; without it Studies that need one are refused. */
  readonly image?: string | undefined;
  /** Removes checkpoints that are no longer needed. */
  readonly cleaner?: Cleaner | undefined;
}

export interface Operator {
  /** Resolves once all caches have been filled. */
  readonly synced: Promise<void>;
  readonly hasSynced: () => boolean;
  readonly health: () => readonly ReflectorHealth[];
  /** How many Studies and Trials there are, by state. */
  readonly counts: () => Counts;
  /** What each Study has used. */
  readonly usages: () => readonly StudyUsage[];
  /** Runs until the signal aborts and everything under way has ended. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Counts {
  readonly studies: Readonly<Record<string, number>>;
  readonly trials: Readonly<Record<string, number>>;
}

/** Studies and Trials reconciled at once. */
const STUDY_WORKERS = 16;
const TRIAL_WORKERS = 32;

/** Seeds a Study is given: short enough to be typed. */
const SEED_RANGE = 2 ** 31;

export function createOperator(options: OperatorOptions): Operator {
  const { cluster, clock, log, telemetry, random } = options;
  const studyQueue = new WorkQueue({ clock });
  const trialQueue = new WorkQueue({ clock });
  const recorder = new EventRecorder({ cluster, clock, log, telemetry });
  const follower = new LogFollower({
    cluster,
    clock,
    random,
    onNews: (pod) => {
      wakeTrialOf(pods.cache.get(keyOf(pod)));
      for (const trial of workloads.pods.trialsOf(pod)) trialQueue.add(trial);
    },
    onBroken: (pod, err) => log.debug({ pod: keyOf(pod), err }, 'the log of a pod broke off; opening it again'),
  });

  const studies = source<Study>(options, STUDY, {}, ({ key, before, after }) => {
    studyQueue.add(key);
    // What changed in its spec (suspend, say) may concern its Trials; a new status does not.
    if (after === undefined || before?.metadata.generation === after.metadata.generation) return;
    for (const trial of trials.cache.list(BY_STUDY, key)) trialQueue.add(keyOf(refOf(trial)));
  });
  const trials = source<Trial>(options, TRIAL, {}, ({ key, before, after }) => {
    trialQueue.add(key);
    for (const study of studyKey(after ?? before ?? NOTHING)) studyQueue.add(study);
  });
  const wakeTrialOf = (object: KubeObject | undefined): void => {
    for (const key of trialKey(object ?? NOTHING)) trialQueue.add(key);
  };
  const wakeOwner = ({ before, after }: Change<KubeObject>): void => {
    const object = after ?? before ?? NOTHING;
    wakeTrialOf(object);
    // Nobody else tells its Study that it holds a slot no more.
    if (isStray(object, trials.cache)) for (const study of studyKey(object)) studyQueue.add(study);
  };
  const jobs = source<Job>(options, JOB, { labelSelector: TRIAL_LABEL }, wakeOwner);
  const pods = source<Pod>(options, POD, { labelSelector: TRIAL_LABEL }, wakeOwner);
  trials.cache.index(BY_STUDY, studyKey);
  jobs.cache.index(BY_TRIAL, trialKey);
  pods.cache.index(BY_TRIAL, trialKey);
  jobs.cache.index(BY_STUDY, studyKey);
  pods.cache.index(BY_STUDY, studyKey);

  const context = {
    cluster,
    clock,
    log,
    telemetry,
    record: recorder.record.bind(recorder),
    image: options.image,
    caches: { studies: studies.cache, trials: trials.cache, jobs: jobs.cache, pods: pods.cache },
  };
  const guard = (of: { readonly reflector: { relist(): number } }): Freshness =>
    new Freshness({ clock, log, relist: () => of.reflector.relist() });
  const workloads = new Workloads({
    cluster,
    jobs: { kind: JOB, cache: jobs.cache, guard: guard(jobs) },
    byTrial: { name: BY_TRIAL, keys: trialKey },
    open: (kind, query, onChange) => source(options, kind, query, onChange),
    labelSelector: TRIAL_LABEL,
    guard,
    wake: (trial) => trialQueue.add(trial),
  });
  const reconcileStudy = studyReconciler({
    ...context,
    workloads,
    guards: { studies: guard(studies), trials: guard(trials) },
    suggester: new Suggester({ suggest: options.suggest, onSettled: (key) => studyQueue.add(key), clock, telemetry }),
    cleaner: options.cleaner,
    drawSeed: () => Math.floor(random() * SEED_RANGE),
  });
  const reconcileTrial = trialReconciler({
    ...context,
    guards: { trials: guard(trials) },
    workloads,
    follower,
  });

  const sources = [studies, trials, jobs, pods] as const;
  const synced = Promise.all(sources.map(({ cache }) => cache.synced)).then(() => undefined);
  return {
    synced,
    hasSynced: () => sources.every(({ cache }) => cache.hasSynced),
    health: () => sources.map(({ reflector }) => reflector.health()),
    counts: () => ({
      studies: countBy(
        studies.cache.all(),
        ({ status }) => condition(status?.conditions, 'Succeeded')?.reason ?? 'New',
      ),
      trials: countBy(trials.cache.all(), ({ status }) => stateOf(status) ?? 'New'),
    }),
    usages: () => studies.cache.all().map(usageOf),
    run: async (signal) => {
      const controllers = async (): Promise<void> => {
        await Promise.race([synced, aborted(signal)]);
        const shared = { clock, log, telemetry, signal };
        await Promise.all([
          runController({
            ...shared,
            name: 'study',
            queue: studyQueue,
            reconcile: reconcileStudy,
            workers: STUDY_WORKERS,
          }),
          runController({
            ...shared,
            name: 'trial',
            queue: trialQueue,
            reconcile: reconcileTrial,
            workers: TRIAL_WORKERS,
          }),
        ]);
      };
      await Promise.all([
        ...sources.map(({ reflector }) => reflector.run(signal)),
        recorder.run(signal),
        workloads.run(signal),
        controllers(),
      ]);
      follower.stop();
    },
  };
}

function usageOf({ metadata, status }: Study): StudyUsage {
  const { byOutcome = {}, gpuSecondsSaved: saved = 0 } = status?.usage ?? {};
  return { namespace: metadata.namespace ?? '', study: metadata.name, byOutcome, saved };
}

function countBy<T>(items: readonly T[], stateOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[stateOf(item)] = (counts[stateOf(item)] ?? 0) + 1;
  return counts;
}

function source<T extends KubeObject>(
  { cluster, namespace, clock, random, log, telemetry }: OperatorOptions,
  kind: Kind<T>,
  query: Pick<Query, 'namespace' | 'labelSelector'>,
  onChange: (change: Change<T>) => void,
): Source<T> {
  const cache = new Cache<T>();
  const reflector = new Reflector({
    cluster,
    kind,
    query: { namespace, ...query },
    cache,
    clock,
    random,
    log,
    telemetry,
    onChange,
  });
  return { cache, reflector };
}

/** Index entry of Jobs and pods: namespace/name of their Trial. */
function trialKey({ metadata }: KubeObject): readonly string[] {
  const trial = metadata.labels?.[TRIAL_LABEL];
  return trial === undefined ? [] : [keyOf({ namespace: metadata.namespace ?? '', name: trial })];
}

const NOTHING: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } };

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
