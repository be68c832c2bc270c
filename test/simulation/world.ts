/**
 * One simulated world: the whole operator on the in-process store under virtual time, a trainer that plays the cluster,
 * faults drawn from a seed. Runs until the Study has ended and everything has come to rest.
 */
import pino from 'pino';
import { STUDY, type Study } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Kind } from '../../operator/kube/cluster.ts';
import { JOB, type Job } from '../../operator/kube/kinds.ts';
import { studyAdmission, trialAdmission } from '../../operator/local/admission.ts';
import { createStore, type LocalCluster } from '../../operator/local/store.ts';
import { hasEnded, stateOf } from '../../operator/observe.ts';
import { createOperator } from '../../operator/operator.ts';
import { noTelemetry } from '../../operator/telemetry.ts';
import { answerAll } from '../../src/decide.ts';
import { stream } from '../../src/rng.ts';
import { Allowance } from './allowance.ts';
import { type Faults, faultyCluster, jumpingClock } from './faults.ts';
import { ALWAYS, broken, IN_THE_END, type World } from './invariants.ts';
import type { Misfortunes } from './misfortunes.ts';
import { isOver } from './over.ts';
import { GANG, playOf } from './play.ts';
import { PodMeter } from './pod-meter.ts';
import { Queue, queueAdmission } from './queue.ts';
import { OnRecord } from './record.ts';
import { StopWatch } from './stop-watch.ts';
import { Trainer } from './trainer.ts';
import { VirtualTime } from './virtual-time.ts';

export interface Scenario {
  readonly seed: number;
  readonly study: Study;
  readonly faults: Faults;
  readonly misfortunes: Misfortunes;
  /** Jobs that a queue admits at once, at its best; 1 unless told. Of interest to Studies with a queue. */
  readonly quota?: number;
  /** Milliseconds until the cluster has any kinds but its own; 0 unless told. */
  readonly kindsAfterMs?: number;
  /** What the user does meanwhile, at virtual times of their choosing. */
  readonly user?: (hands: Hands) => Promise<void>;
}

/** What a user of a simulated world can reach. */
export interface Hands {
  readonly store: LocalCluster;
  readonly time: VirtualTime;
  readonly trainer: Trainer;
  /** Of the objects that train trials. */
  readonly kind: Kind<Job>;
  /** To be told before a Trial is deleted. */
  readonly deleted: () => void;
}

export interface Result {
  readonly world: World;
  /** Sentences; empty when all is well. */
  readonly broken: readonly string[];
  readonly crashes: number;
  /** How often another operator began while one was alive. */
  readonly handOvers: number;
  /** Most pods that ran at once. */
  readonly peak: number;
  /** Changes in the cluster, after each of which the invariants were checked. */
  readonly steps: number;
  /** Virtual seconds. */
  readonly seconds: number;
}

/** A study that takes longer has got stuck. */
const DEADLINE_MS = 48 * 3600 * 1000;
/** A crashed operator is back after at most this. */
const RESTART_MS = 20_000;
/** One that has been replaced and does not know it acts on for at most this, once it is not paused any more. */
const BESIDE_MS = 5_000;

export async function simulate(scenario: Scenario): Promise<Result> {
  const { seed, study, faults, misfortunes } = scenario;
  const time = new VirtualTime();
  const startedAt = time.now();
  const store = createStore({
    clock: time,
    kinds: [
      { kind: STUDY, admit: studyAdmission },
      { kind: TRIAL, admit: trialAdmission },
      { kind: JOB, admit: queueAdmission },
      { kind: GANG, admit: queueAdmission },
    ],
  });
  const { metric } = study.spec.objective;
  const play = playOf(study.spec);
  const trainer = new Trainer({
    cluster: store,
    clock: time,
    seed,
    misfortunes,
    play,
    metric,
    resource: study.spec.resource.name,
    annotates: study.spec.metrics.annotation !== undefined,
    checkpoints: study.spec.checkpoint !== undefined,
  });
  const meter = new PodMeter(store, time);
  const queue = new Queue({
    cluster: store,
    clock: time,
    rng: stream(seed, 'queue', 0),
    play,
    quota: scenario.quota ?? 1,
    begin: (object) => trainer.begin(object),
  });
  const end = new AbortController();
  const violations = new Set<string>();
  const since = new StopWatch(time);
  const allowed = new Allowance(time);
  const onRecord = new OnRecord(study);
  let crashes = 0;
  let handOvers = 0;
  let lateDecisions = 0;
  let lateObjects = 0;
  let deletedTrials = 0;
  let lateDeletions = 0;
  let lives = 0;
  let steps = 0;

  const observe = (): World => ({
    study: store.objects(STUDY)[0] ?? study,
    trials: store.objects(TRIAL),
    allowed,
    runningPods: trainer.running,
    unwantedFor: since.longest,
    forgotten: onRecord.forgotten,
    skewMs: faults.skewMs,
    lagMs: faults.lagMs,
    lateDecisions,
    deletedTrials,
    // A deletion that is made late may hit a trial that was to go on by then: repeated, and nobody's fault.
    lostPods: trainer.lost + lateDeletions,
    unablePods: trainer.unable,
    preemptions: queue.preempted,
    podSeconds: meter.seconds,
    podCounts: meter.counts,
  });
  let checkedVersion = '';
  const check = (): void => {
    if (store.resourceVersion === checkedVersion) return;
    checkedVersion = store.resourceVersion;
    steps += 1;
    const seen = { study: store.objects(STUDY)[0] ?? study, trials: store.objects(TRIAL) };
    const over = isOver({ ...seen, now: time.now(), skewMs: faults.skewMs });
    const pods = trainer.running;
    allowed.look({ ...seen, pods, isOver: over, late: lateDecisions + lateObjects });
    // Of a node that is lost nobody gives anything back.
    since.look({ ...seen, runningPods: pods.filter((pod) => !trainer.isStranded(pod)), isOver: over });
    onRecord.look(store.objects(TRIAL));
    for (const sentence of broken(ALWAYS, observe())) violations.add(sentence);
  };

  const live = async (): Promise<void> => {
    for (let life = 0; !end.signal.aborted; life++) {
      lives = life;
      const rng = stream(seed, 'faults', life);
      const death = new AbortController();
      const replaced = new AbortController();
      const restartMs = 1000 + rng.uniform() * RESTART_MS;
      const { cluster, kill } = faultyCluster({
        cluster: store,
        discover: async (...wanted) =>
          time.now() - startedAt < (scenario.kindsAfterMs ?? 0) ? undefined : store.discover(...wanted),
        clock: time,
        rng,
        faults,
        onCrash: () => death.abort(),
        onHandOver: async () => {
          replaced.abort();
          const isPaused = rng.uniform() < 0.5;
          const pauseMs = isPaused ? restartMs + rng.uniform() * BESIDE_MS : 0;
          void time.sleep(Math.max(pauseMs, restartMs) + rng.uniform() * BESIDE_MS).then(() => death.abort());
          await time.sleep(pauseMs);
        },
        onMade: (kind) => {
          // Before there is another process, nobody can have decided anything else.
          if (lives === life) return;
          if (kind === TRIAL.kind) lateDecisions += 1;
          if (kind === play.kind.kind) lateObjects += 1;
        },
        onDeletion: (isLate) => {
          if (isLate || lives > life) lateDeletions += 1;
        },
      });
      const operator = createOperator({
        cluster,
        clock: jumpingClock(time, { seed, skewMs: faults.skewMs }),
        random: () => rng.uniform(),
        log: pino({ level: process.env['SIMULATION_LOG'] ?? 'silent' }),
        telemetry: noTelemetry,
        image: 'abohb:1',
        cleaner: {
          remove: async (_, trials) => {
            // A Trial that somebody has deleted since needs its checkpoint no more.
            const early = store
              .objects(TRIAL)
              .find(
                ({ metadata, status }) => trials.some((own) => own.metadata.uid === metadata.uid) && !hasEnded(status),
              );
            if (early) violations.add(`the checkpoint of ${early.metadata.name} was removed before its end`);
            const names = trials.map(({ metadata }) => metadata.name);
            trainer.forget(names);
            return { kind: 'Done', trials: names };
          },
          settle: async () => undefined,
        },
        suggest: async (input, openings) => answerAll(input, openings),
      });
      const over = AbortSignal.any([end.signal, death.signal]);
      operator.run(over).catch((error: unknown) => violations.add(`the operator failed: ${String(error)}`));
      over.addEventListener('abort', kill, { once: true });
      await aborted(AbortSignal.any([over, replaced.signal]));
      if (end.signal.aborted) return;
      if (over.aborted) crashes += 1;
      else handOvers += 1;
      await time.sleep(restartMs);
    }
  };

  await store.create(STUDY, study);
  void trainer.run(end.signal);
  void queue.run(end.signal);
  void meter.run(end.signal);
  void live();
  const user =
    scenario.user?.({
      store,
      time,
      trainer,
      kind: play.kind,
      deleted: () => {
        deletedTrials += 1;
      },
    }) ?? Promise.resolve();
  let userDone = false;
  void user.then(() => {
    userDone = true;
  });
  const isAtRest = (): boolean => {
    check();
    return userDone && hasComeToRest(observe());
  };
  const ended = await time.run(isAtRest, startedAt + DEADLINE_MS);
  // Whoever is late may still do something wrong.
  await time.run(() => false, time.now() + 60_000);
  check();
  const world = observe();
  if (!ended) violations.add(`the study did not end: ${JSON.stringify(world.study.status)}`);
  else for (const sentence of broken(IN_THE_END, world)) violations.add(sentence);
  end.abort();
  return {
    world,
    broken: [...violations],
    crashes,
    handOvers,
    steps,
    peak: trainer.peak,
    seconds: (time.now() - startedAt) / 1000,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function hasComeToRest({ study, trials, runningPods }: World): boolean {
  // What its user wants last may set it going again.
  if (study.status?.observedGeneration !== study.metadata.generation) return false;
  const succeeded = condition(study.status?.conditions, 'Succeeded');
  if (succeeded === undefined || succeeded.status === 'Unknown' || runningPods.length > 0) return false;
  // A Study may end and let its trials finish, which may have to wait for that.
  return trials.every(({ status }) => hasEnded(status) || stateOf(status) === 'Paused');
}
