/**
 * A Study being run on this machine: the operator on a cluster inside this process, whose pods are local processes.
 * All that is known is in the journal: whatever ends this process, another session goes on from there.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { TRIAL_LABEL } from '../../operator/api/common.ts';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL, type Trial } from '../../operator/api/trial.ts';
import type { Cleaning } from '../../operator/controllers/study/cleaning.ts';
import { Pool } from '../../operator/engine/pool.ts';
import { isKubeError, type Kind, type KubeObject, type WatchEvent } from '../../operator/kube/cluster.ts';
import { EVENT, type Event, type Pod } from '../../operator/kube/kinds.ts';
import { studyAdmission, trialAdmission } from '../../operator/local/admission.ts';
import { openJournal } from '../../operator/local/journal.ts';
import type { CheckpointFolder } from '../../operator/local/launch.ts';
import { createRunner, type Runner } from '../../operator/local/runner.ts';
import { createStore, type LocalCluster } from '../../operator/local/store.ts';
import { hasEnded } from '../../operator/observe.ts';
import { createOperator, type Operator } from '../../operator/operator.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { deferred } from '../../operator/runtime/deferred.ts';
import { noTelemetry } from '../../operator/telemetry.ts';
import { type Ending, endingOf } from './ending.ts';
import { type Folder, makeFolder } from './folder.ts';
import type { Plan } from './plan.ts';
import { storedStudy } from './settle.ts';
import { hasTakenNote } from './taken-note.ts';

/** Opens what an earlier session left, or starts anew. Throws DirectoryInUse or DamagedJournal. */
export async function openCluster(folder: Folder): Promise<LocalCluster> {
  makeFolder(folder);
  return createStore({
    clock: systemClock,
    kinds: [
      { kind: STUDY, admit: studyAdmission },
      { kind: TRIAL, admit: trialAdmission },
    ],
    journal: await openJournal(folder.path),
  });
}

/** How the Study in this cluster has ended; undefined while there is something to do. */
export function endingIn(cluster: LocalCluster): Ending | undefined {
  const study = storedStudy(cluster);
  return study && endingOf(study, cluster.objects(TRIAL));
}

export interface SessionOptions {
  readonly plan: Plan;
  readonly cluster: LocalCluster;
  readonly environment: Readonly<Record<string, string>>;
  readonly onEvent: (event: Event) => void;
}

/** From SIGTERM to SIGKILL when the session is interrupted. */
const GRACE_MS = 10_000;
/** Only that long when something is wrong. */
const TAKE_NOTE_MS = 3_000;
/** One fit of a model must not take longer. */
const SUGGESTION_DEADLINE_MS = 60_000;

export class Session {
  readonly #options: SessionOptions;
  readonly #runner: Runner;
  readonly #log: Logger;
  readonly #pool = new Pool({ threads: 1, deadlineMs: SUGGESTION_DEADLINE_MS });
  readonly #over = new AbortController();
  readonly #ended = deferred<Ending>();
  readonly #interrupted = new AbortController();
  readonly #killed = new AbortController();
  /** Called on every change of the Study and its Trials. */
  #onChange: () => void = () => this.#look();

  constructor(options: SessionOptions) {
    this.#options = options;
    const { plan, cluster, environment } = options;
    const { engine, workingDir, container, gpus, folder } = plan;
    this.#log = pino({ base: null }, pino.destination({ dest: folder.log, append: true, sync: true }));
    this.#runner = createRunner({
      cluster,
      clock: systemClock,
      log: this.#log,
      logDir: folder.podLogs,
      engine,
      environment,
      workingDir,
      gpus,
      primaryContainer: () => container.name,
      checkpoint: (pod) => this.#checkpointOf(pod),
    });
  }

  /** Runs the Study to its end, or until it is interrupted; then nothing is left running. */
  async run(): Promise<Ending> {
    await this.#runner.start();
    try {
      return await this.#untilEnded();
    } finally {
      this.#over.abort();
      await this.#pool.close();
      await this.#endProcesses();
      await this.#tidy(this.#options.cluster.objects(TRIAL));
    }
  }

  /** The first time processes are asked to end, the second time they are killed. */
  interrupt(): void {
    if (this.#interrupted.signal.aborted) this.#killed.abort();
    this.#interrupted.abort();
    this.#ended.resolve({ kind: 'Interrupted', message: 'interrupted' });
  }

  async #untilEnded(): Promise<Ending> {
    const work = Promise.all([
      this.#operator().run(this.#over.signal),
      this.#follow(STUDY, () => this.#onChange()),
      this.#follow(TRIAL, (trial) => this.#noteTrial(trial)),
      this.#follow(EVENT, (event) => {
        // Being interrupted is no news of the trials.
        if (!this.#interrupted.signal.aborted) this.#options.onEvent(event);
      }),
    ]);
    this.#look();
    // Work ends by itself only when it breaks: then so does this.
    const ending = await Promise.race([this.#ended.promise, work.then(() => this.#ended.promise)]);
    await this.#endProcesses();
    await this.#takeNote();
    this.#over.abort();
    await work;
    return ending;
  }

  #operator(): Operator {
    return createOperator({
      cluster: this.#options.cluster,
      clock: systemClock,
      random: Math.random,
      log: this.#log,
      telemetry: noTelemetry,
      suggest: this.#pool.suggest,
      cleaner: { remove: (_, trials) => this.#removeCheckpoints(trials), settle: () => Promise.resolve() },
      // What sidecars do is done by this process.
      image: 'abohb',
    });
  }

  /** Calls back on every change from now on. */
  async #follow<T extends KubeObject>(kind: Kind<T>, onObject: (object: T) => void): Promise<void> {
    const { cluster } = this.#options;
    const { signal } = this.#over;
    const note = (event: WatchEvent<T>): void => {
      if (event.type !== 'BOOKMARK') onObject(event.object);
    };
    while (!signal.aborted) {
      const changes = cluster.watch(kind, { resourceVersion: cluster.resourceVersion }, signal);
      await forEach(changes, note).catch((error: unknown) => {
        // Too far behind: on from here.
        if (!isKubeError(error, 'Gone')) throw error;
      });
    }
  }

  /** The operator takes note of how the processes have ended: else it would count them as running until next time. */
  async #takeNote(): Promise<void> {
    const noted = new AbortController();
    this.#onChange = () => {
      if (hasTakenNote(this.#options.cluster)) noted.abort();
    };
    this.#onChange();
    await systemClock.sleep(TAKE_NOTE_MS, noted.signal).catch(() => undefined); // Noted in time.
  }

  #look(): void {
    const ending = endingIn(this.#options.cluster);
    if (ending) this.#ended.resolve(ending);
  }

  #noteTrial(trial: Trial): void {
    this.#onChange();
    this.#tidy([trial]).catch((err: unknown) => {
      this.#log.warn(
        { trial: trial.metadata.name, err },
        'the checkpoint of a trial that has ended could not be removed',
      );
    });
  }

  /** A checkpoint that the Study does not ask for is there to survive interruptions, not to be kept. */
  async #tidy(trials: readonly Trial[]): Promise<void> {
    const { study, folder } = this.#options.plan;
    if (study.spec.checkpoint) return;
    for (const { status, metadata } of trials) {
      if (hasEnded(status)) await rm(join(folder.checkpoints, metadata.name), { recursive: true, force: true });
    }
  }

  async #removeCheckpoints(trials: readonly Trial[]): Promise<Cleaning> {
    const names = trials.map(({ metadata }) => metadata.name);
    const { checkpoints } = this.#options.plan.folder;
    for (const name of names) await rm(join(checkpoints, name), { recursive: true, force: true });
    return { kind: 'Done', trials: names };
  }

  #checkpointOf({ metadata }: Pod): CheckpointFolder {
    const { study, folder } = this.#options.plan;
    const hostPath = join(folder.checkpoints, metadata.labels?.[TRIAL_LABEL] ?? '');
    return { hostPath, mountPath: study.spec.checkpoint?.mountPath ?? '/checkpoint' };
  }

  async #endProcesses(): Promise<void> {
    const kill = new Promise<void>((resolve) => {
      if (this.#killed.signal.aborted) resolve();
      this.#killed.signal.addEventListener('abort', () => resolve(), { once: true });
    }).then(() => this.#runner.stop(0));
    await Promise.race([this.#runner.stop(GRACE_MS), kill]);
  }
}

async function forEach<T>(items: AsyncIterable<T>, call: (item: T) => void): Promise<void> {
  for await (const item of items) call(item);
}
