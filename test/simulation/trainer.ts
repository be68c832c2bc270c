/**
 * Plays the training code under virtual time: each Job, or object of another kind, gets a pod that prints one report per
 * epoch of a made-up learning curve, and misbehaves as the script says.
 */
import { REPORTS_ANNOTATION } from '../../operator/api/common.ts';
import { refOf } from '../../operator/kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { MANAGER, ObjectController } from './controller.ts';
import { Kubelet } from './kubelet.ts';
import { KubeletLogs, type Process } from './kubelet-logs.ts';
import { type Fate, fateOf, type Misfortunes, type Mishap } from './misfortunes.ts';
import { type Play, trialOf } from './play.ts';
import { randomRefusal, refuse } from './refusals.ts';

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
  readonly fate: Fate;
}

export class Trainer {
  readonly #options: TrainerOptions;
  readonly #controller: ObjectController;
  readonly #kubelet: Kubelet;
  readonly #logs: KubeletLogs;
  /** The epoch each trial has come to. */
  readonly #checkpoints = new Map<string, number>();
  /** Most trials that were ever running at once. */
  peak = 0;
  /** Pods that were lost, evicted, turned away or deleted. */
  lost = 0;
  /** Pods that could not start, or be created but for want of quota. */
  unable = 0;

  constructor(options: TrainerOptions) {
    const { cluster, clock, seed, misfortunes, play } = options;
    this.#options = options;
    this.#controller = new ObjectController({
      cluster,
      clock,
      play,
      replace: (object) => this.begin(object),
      remove: (pod) => this.#kubelet.remove(pod),
    });
    this.#logs = new KubeletLogs({ clock, seed, rotate: misfortunes.rotate });
    this.#kubelet = new Kubelet({
      cluster,
      clock,
      seed,
      misfortunes,
      logs: this.#logs,
      onEnd: (pod) => this.#controller.settle(pod),
    });
    cluster.serveLogs((pod, log) => this.#logs.read(pod, log));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cluster, play } = this.#options;
    const query = { resourceVersion: cluster.resourceVersion };
    void this.#kubelet.run(signal);
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

  /** Somebody deletes a running pod: by force, or as one does. */
  async losePod(pod: Pod): Promise<void> {
    const { cluster, seed } = this.#options;
    const process = this.#logs.of(pod);
    if (!process || process.ended || pod.metadata.deletionTimestamp !== undefined) return;
    const isForced = stream(seed, `deletion of ${pod.metadata.name}`, 0).uniform() < 0.5;
    if (isForced) return this.#lose(pod);
    this.lost += 1;
    await cluster.delete(POD, refOf(pod), { uid: process.uid });
  }

  /** Whether its node is lost: it seems to run, and nobody can end it. */
  isStranded(pod: Pod): boolean {
    return this.#kubelet.isStranded(pod);
  }

  get running(): readonly Pod[] {
    return this.#options.cluster.objects(POD).filter(({ status }) => status?.phase === 'Running');
  }

  async #train(object: Job, run: number): Promise<void> {
    const { clock, seed, misfortunes } = this.#options;
    const name = run === 1 ? object.metadata.name : `${object.metadata.name} again ${run}`;
    await clock.sleep(200 + stream(seed, `attempt ${name}`, 0).int(3000));
    await this.#refuse(object, run, stream(seed, `refusal of ${name}`, 0));
    const luck = stream(seed, `start of ${name}`, 0);
    if (luck.uniform() < misfortunes.stuck) return this.#stick(object, run);
    if (luck.uniform() < misfortunes.pending) await clock.sleep(PENDING_MS);
    const created = await this.#controller.create(object, run);
    if (created && luck.uniform() < misfortunes.turnedAway) return this.#turnAway(created);
    const pod = created && (await this.#kubelet.start(created));
    if (!pod) return;
    const process = this.#logs.begin(pod);
    this.peak = Math.max(this.peak, this.running.length);
    const fate = fateOf(this.#options, { trial: trialOf(pod), attempt: name });
    if (fate.isInfeasible) return this.#kubelet.exit(pod, { exitCode: INFEASIBLE });
    await this.#run({ object, pod, process, fate });
  }

  /** From the first epoch to the last, unless something comes between. */
  async #run(training: Training): Promise<void> {
    const { object, pod, process, fate } = training;
    const until = fate.overruns ? 1000 : Number(this.#environment(object, 'ABOHB_UNTIL'));
    const from = this.#options.checkpoints ? (this.#checkpoints.get(trialOf(pod)) ?? 0) : 0;
    for (let epoch = Math.max(1, from); epoch <= until; epoch++) {
      await this.#options.clock.sleep(epoch === from ? 0 : fate.secondsPerEpoch * 1000);
      if (hasStopped(process)) return;
      await this.#befall(pod, fate.mishaps.get(epoch));
      if (hasStopped(process)) return;
      await this.#report(training, epoch);
      this.#checkpoints.set(trialOf(pod), epoch);
    }
    await this.#kubelet.exit(pod, { exitCode: 0 });
  }

  async #befall(pod: Pod, mishap: Mishap | undefined): Promise<void> {
    switch (mishap) {
      case 'lose':
        return this.#lose(pod);
      case 'crash':
        return this.#kubelet.exit(pod, { exitCode: 1 });
      case 'outOfMemory':
        return this.#kubelet.exit(pod, { exitCode: 137, reason: 'OOMKilled' });
      case 'evict':
        this.lost += 1;
        return this.#kubelet.evict(pod);
      case 'strand':
        this.lost += 1;
        void this.#kubelet.strand(pod);
    }
  }

  #turnAway(pod: Pod): Promise<void> {
    this.lost += 1;
    return this.#kubelet.turnAway(pod);
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
    const pod = await this.#controller.create(object, run);
    if (pod && (await this.#kubelet.stick(pod))) this.unable += 1;
  }

  async #report({ object, process, fate }: Training, epoch: number): Promise<void> {
    const { resource, metric, annotates, seed } = this.#options;
    const parameters = this.#environment(object, 'ABOHB_PARAMETERS');
    const value = epoch >= fate.divergesAt ? Number.NaN : curve(parameters, epoch, seed);
    const report = `{"${resource}": ${epoch}, "${metric}": ${value}, "loss": ${epoch}}`;
    if (annotates) await this.#annotate(process, report);
    else this.#logs.print(process, report);
  }

  /** The pod is gone without a word, and its object gives up, or gets another. */
  async #lose(pod: Pod): Promise<void> {
    this.lost += 1;
    const last = await this.#kubelet.remove(pod);
    if (last) await this.#controller.settle(last);
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

/** Nothing more is heard of its code. */
function hasStopped({ ended, hasHeard, isStranded }: Process): boolean {
  return ended || hasHeard || isStranded;
}

/** A curve that falls towards a level given by the configuration; the same for the same configuration. */
function curve(parameters: string, epoch: number, seed: number): number {
  const shape: Rng = stream(seed, parameters, 0);
  const floor = shape.uniform();
  const speed = 0.1 + shape.uniform();
  return floor + (1 - floor) / (1 + speed * epoch) + 0.02 * stream(seed, parameters, epoch).uniform();
}
