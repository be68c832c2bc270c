/**
 * Plays the training code under virtual time: each Job, or object of another kind, gets a pod that prints one report per
 * epoch of a made-up learning curve, and misbehaves as the script says.
 */
import { REPORTS_ANNOTATION, TRIAL_LABEL } from '../../operator/api/common.ts';
import { refOf } from '../../operator/kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { type Exit, MANAGER, ObjectController } from './controller.ts';
import { KubeletLogs, type Process } from './kubelet-logs.ts';
import type { Play } from './play.ts';
import { randomRefusal, refuse } from './refusals.ts';

export interface Misfortunes {
  /** Chance per attempt that the code crashes at some epoch. */
  readonly crash: number;
  /** Chance per trial that its values become NaN at some epoch. */
  readonly diverge: number;
  /** Chance per attempt that its pod is lost at some epoch. */
  readonly lose: number;
  /** Chance per trial that its code never stops by itself. */
  readonly overrun: number;
  /** Chance per trial that its configuration cannot be trained: its code exits with INFEASIBLE. */
  readonly infeasible: number;
  /** Chance per attempt that it runs out of memory at some epoch. */
  readonly outOfMemory: number;
  /** Chance per attempt that its pod never gets its image. */
  readonly stuck: number;
  /** Chance per attempt that its pod waits half an hour for a node. */
  readonly pending: number;
  /** Chance that a log that is opened shows no more than its last lines. */
  readonly rotate: number;
  /** Chance per attempt that the pod of its Job may not be created, for a while or for good. */
  readonly refused: number;
}

export const LUCKY: Misfortunes = {
  crash: 0,
  diverge: 0,
  lose: 0,
  overrun: 0,
  infeasible: 0,
  outOfMemory: 0,
  stuck: 0,
  pending: 0,
  rotate: 0,
  refused: 0,
};

export const INFEASIBLE = 65;

const PENDING_MS = 30 * 60_000;

export interface TrainerOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly seed: number;
  readonly misfortunes: Misfortunes;
  /** What trials are. */
  readonly play: Play;
  readonly metric: string;
  readonly resource: string;
  /** Reports go into an annotation of the pod instead of its log. */
  readonly annotates: boolean;
  /** Code goes on from the epoch that the trial has come to, and reports that once more. */
  readonly checkpoints: boolean;
}

/** An object and the pod that trains for it. */
interface Training {
  readonly object: Job;
  readonly pod: Pod;
  readonly process: Process;
}

export class Trainer {
  readonly #options: TrainerOptions;
  readonly #controller: ObjectController;
  readonly #logs: KubeletLogs;
  /** The epoch each trial has come to. */
  readonly #checkpoints = new Map<string, number>();
  /** Most trials that were ever running at once. */
  peak = 0;
  /** Pods that were lost. */
  lost = 0;
  /** Pods that could not start, or be created but for want of quota. */
  unable = 0;

  constructor(options: TrainerOptions) {
    const { cluster, clock, seed, misfortunes, play } = options;
    this.#options = options;
    this.#controller = new ObjectController({ cluster, clock, play });
    this.#logs = new KubeletLogs({ clock, seed, rotate: misfortunes.rotate });
    cluster.serveLogs((pod, log) => this.#logs.read(pod, log));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cluster, play } = this.#options;
    const query = { resourceVersion: cluster.resourceVersion };
    for await (const event of cluster.watch(play.kind, query, signal)) {
      if (event.type === 'ADDED' && !event.object.spec.suspend) this.begin(event.object);
    }
  }

  /** The object gets a pod; a second time when it is resumed after its first pod has gone. */
  begin(object: Job): void {
    void this.#train(object, this.#controller.begin(object));
  }

  /** Their checkpoints are gone. */
  forget(trials: readonly string[]): void {
    for (const trial of trials) this.#checkpoints.delete(trial);
  }

  /** A running pod is gone from one moment to the next, and its object gives up, or gets another. */
  async losePod(pod: Pod): Promise<void> {
    const { cluster, play } = this.#options;
    const process = this.#logs.of(pod);
    const owner = pod.metadata.ownerReferences?.find(({ kind }) => kind === play.kind.kind)?.name ?? '';
    const object = await cluster.get(play.kind, { ...refOf(pod), name: owner });
    if (process && object && !process.ended) await this.#lose({ object, pod, process });
  }

  get running(): readonly Pod[] {
    return this.#options.cluster.objects(POD).filter(({ status }) => status?.phase === 'Running');
  }

  async #train(object: Job, run: number): Promise<void> {
    const { clock, seed, misfortunes } = this.#options;
    const name = run === 1 ? object.metadata.name : `${object.metadata.name} again ${run}`;
    const luck = stream(seed, `attempt ${name}`, 0);
    await clock.sleep(200 + luck.int(3000));
    const fate = stream(seed, `start of ${name}`, 0);
    await this.#refuse(object, run, stream(seed, `refusal of ${name}`, 0));
    if (fate.uniform() < misfortunes.stuck) return this.#stick(object, run);
    if (fate.uniform() < misfortunes.pending) await clock.sleep(PENDING_MS);
    const pod = await this.#controller.start(object, run);
    if (!pod) return;
    const training = { object, pod, process: this.#logs.begin(pod) };
    this.peak = Math.max(this.peak, this.running.length);
    const trial = object.metadata.labels?.[TRIAL_LABEL] ?? '';
    const character = stream(seed, `trial ${trial}`, 0);
    const until = character.uniform() < misfortunes.overrun ? 1000 : Number(this.#environment(object, 'ABOHB_UNTIL'));
    const divergesAt = character.uniform() < misfortunes.diverge ? 1 + character.int(10) : Number.POSITIVE_INFINITY;
    const crashesAt = luck.uniform() < misfortunes.crash ? 1 + luck.int(10) : Number.POSITIVE_INFINITY;
    const lostAt = luck.uniform() < misfortunes.lose ? 1 + luck.int(10) : Number.POSITIVE_INFINITY;
    const outOfMemoryAt = fate.uniform() < misfortunes.outOfMemory ? 1 + fate.int(10) : Number.POSITIVE_INFINITY;
    if (stream(seed, `nature of ${trial}`, 0).uniform() < misfortunes.infeasible)
      return this.#finish(training, { exitCode: INFEASIBLE });
    const secondsPerEpoch = 1 + character.uniform() * 5;
    const from = this.#options.checkpoints ? (this.#checkpoints.get(trial) ?? 0) : 0;
    for (let epoch = Math.max(1, from); epoch <= until; epoch++) {
      await clock.sleep(epoch === from ? 0 : secondsPerEpoch * 1000);
      if (!this.#controller.exists(pod)) return this.#logs.end(training.process);
      if (epoch === lostAt) return this.#lose(training);
      if (epoch === outOfMemoryAt) return this.#finish(training, { exitCode: 137, reason: 'OOMKilled' });
      if (epoch === crashesAt) return this.#finish(training, { exitCode: 1 });
      const parameters = this.#environment(object, 'ABOHB_PARAMETERS');
      await this.#report(training.process, epoch, epoch >= divergesAt ? Number.NaN : curve(parameters, epoch, seed));
      this.#checkpoints.set(trial, epoch);
    }
    return this.#finish(training, { exitCode: 0 });
  }

  /** Only of the controller of Jobs is it known what it says then. */
  async #refuse(job: Job, run: number, rng: Rng): Promise<void> {
    const { cluster, clock, misfortunes, play } = this.#options;
    const refusal = play.kind === JOB ? randomRefusal(rng, misfortunes.refused) : undefined;
    if (refusal === undefined) return;
    if (!refusal.isQuota) this.unable += 1;
    await refuse({ cluster, clock, job, isWanted: () => this.#controller.wants(job, run) }, refusal);
  }

  async #stick(object: Job, run: number): Promise<void> {
    if (await this.#controller.stick(object, run)) this.unable += 1;
  }

  async #report(process: Process, epoch: number, value: number): Promise<void> {
    const { resource, metric, annotates } = this.#options;
    const report = `{"${resource}": ${epoch}, "${metric}": ${value}, "loss": ${epoch}}`;
    if (annotates) await this.#annotate(process, report);
    else this.#logs.print(process, report);
  }

  #finish({ object, pod, process }: Training, exit: Exit): Promise<void> {
    this.#logs.end(process);
    return this.#controller.finish(object, pod, exit);
  }

  /** The node is gone: so is the pod, and its object gives up, or gets another. */
  async #lose({ object, pod, process }: Training): Promise<void> {
    this.#logs.end(process);
    this.lost += 1;
    await this.#options.cluster.delete(POD, refOf(pod));
    if (this.#options.play.replacesLost(object)) this.begin(object);
    else await this.#controller.end(object, false);
  }

  /** A list of all reports so far, since a watch may merge updates. */
  async #annotate(process: Process, report: string): Promise<void> {
    process.reports.push(report);
    const annotations = { [REPORTS_ANNOTATION]: `[${process.reports.join(', ')}]` };
    const applied = { apiVersion: 'v1', kind: 'Pod', metadata: { ...process.pod, uid: process.uid, annotations } };
    // A pod that was deleted meanwhile has nothing more to report.
    await this.#options.cluster.apply(POD, applied as unknown as Pod, MANAGER).catch(() => undefined);
  }

  #environment(object: Job, name: string): string {
    const [container] = this.#options.play.template(object).spec.containers;
    return container?.env?.find((e) => e.name === name)?.value ?? '';
  }
}

/** A curve that falls towards a level given by the configuration; the same for the same configuration. */
function curve(parameters: string, epoch: number, seed: number): number {
  const shape: Rng = stream(seed, parameters, 0);
  const floor = shape.uniform();
  const speed = 0.1 + shape.uniform();
  return floor + (1 - floor) / (1 + speed * epoch) + 0.02 * stream(seed, parameters, epoch).uniform();
}
