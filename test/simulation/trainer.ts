/**
 * Plays the Job controller, the kubelet and the training code under virtual time: each Job gets a pod that prints one
 * report per epoch of a made-up learning curve, and misbehaves as the script says.
 */
import { REPORTS_ANNOTATION, TRIAL_LABEL } from '../../operator/api/common.ts';
import { type KubeObject, keyOf, type LogOptions, type ObjectRef, refOf } from '../../operator/kube/cluster.ts';
import { type Condition, JOB, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { reportsIn, withSidecar } from './sidecar.ts';

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
};

export const INFEASIBLE = 65;

const PENDING_MS = 30 * 60_000;

export interface TrainerOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly seed: number;
  readonly misfortunes: Misfortunes;
  readonly metric: string;
  readonly resource: string;
  /** Reports go into an annotation of the pod instead of its log. */
  readonly annotates: boolean;
  /** Code goes on from the epoch that the trial has come to, and reports that once more. */
  readonly checkpoints: boolean;
}

interface Process {
  readonly pod: ObjectRef;
  readonly uid: string;
  readonly lines: { readonly at: number; readonly bytes: Uint8Array }[];
  readonly reports: string[];
  ended: boolean;
  wake: () => void;
}

interface Exit {
  readonly process: Process;
  readonly exitCode: number;
  readonly reason?: string;
}

const MANAGER = { fieldManager: 'trainer' };

export class Trainer {
  readonly #options: TrainerOptions;
  readonly #processes = new Map<string, Process>();
  /** Pods that each Job has had, by its uid. */
  readonly #runs = new Map<string, number>();
  /** The epoch each trial has come to. */
  readonly #checkpoints = new Map<string, number>();
  /** Most trials that were ever running at once. */
  peak = 0;
  /** Pods that were lost. */
  lost = 0;

  constructor(options: TrainerOptions) {
    this.#options = options;
    options.cluster.serveLogs((pod, log) => this.#log(pod, log));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    const query = { resourceVersion: cluster.resourceVersion };
    for await (const event of cluster.watch(JOB, query, signal)) {
      if (event.type === 'ADDED' && !event.object.spec.suspend) this.begin(event.object);
    }
  }

  /** The Job gets a pod; a second time when it is resumed after its first pod has gone. */
  begin(job: Job): void {
    const uid = job.metadata.uid ?? '';
    const run = (this.#runs.get(uid) ?? 0) + 1;
    this.#runs.set(uid, run);
    void this.#train(job, run);
  }

  /** Their checkpoints are gone. */
  forget(trials: readonly string[]): void {
    for (const trial of trials) this.#checkpoints.delete(trial);
  }

  /** A running pod is gone from one moment to the next, and its Job gives up. */
  async losePod(pod: Pod): Promise<void> {
    const process = this.#processes.get(keyOf(refOf(pod)));
    const owner = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.name ?? '';
    const job = await this.#options.cluster.get(JOB, { ...refOf(pod), name: owner });
    if (process && job && !process.ended) await this.#lose(job, pod, process);
  }

  get running(): readonly Pod[] {
    return this.#options.cluster.objects(POD).filter(({ status }) => status?.phase === 'Running');
  }

  async #train(job: Job, run: number): Promise<void> {
    const { clock, seed, misfortunes } = this.#options;
    const name = run === 1 ? job.metadata.name : `${job.metadata.name} again ${run}`;
    const luck = stream(seed, `attempt ${name}`, 0);
    await clock.sleep(200 + luck.int(3000));
    const fate = stream(seed, `start of ${name}`, 0);
    if (fate.uniform() < misfortunes.stuck) return this.#stick(job, run);
    if (fate.uniform() < misfortunes.pending) await clock.sleep(PENDING_MS);
    const pod = await this.#start(job, run);
    if (!pod) return;
    const process: Process = {
      pod: refOf(pod),
      uid: pod.metadata.uid ?? '',
      lines: [],
      reports: [],
      ended: false,
      wake: () => undefined,
    };
    this.#processes.set(keyOf(refOf(pod)), process);
    this.peak = Math.max(this.peak, this.running.length);
    const trial = job.metadata.labels?.[TRIAL_LABEL] ?? '';
    const character = stream(seed, `trial ${trial}`, 0);
    const until = character.uniform() < misfortunes.overrun ? 1000 : Number(environment(job, 'ABOHB_UNTIL'));
    const divergesAt = character.uniform() < misfortunes.diverge ? 1 + character.int(10) : Number.POSITIVE_INFINITY;
    const crashesAt = luck.uniform() < misfortunes.crash ? 1 + luck.int(10) : Number.POSITIVE_INFINITY;
    const lostAt = luck.uniform() < misfortunes.lose ? 1 + luck.int(10) : Number.POSITIVE_INFINITY;
    const outOfMemoryAt = fate.uniform() < misfortunes.outOfMemory ? 1 + fate.int(10) : Number.POSITIVE_INFINITY;
    if (stream(seed, `nature of ${trial}`, 0).uniform() < misfortunes.infeasible)
      return this.#finish(job, pod, { process, exitCode: INFEASIBLE });
    const secondsPerEpoch = 1 + character.uniform() * 5;
    const from = this.#options.checkpoints ? (this.#checkpoints.get(trial) ?? 0) : 0;
    for (let epoch = Math.max(1, from); epoch <= until; epoch++) {
      await clock.sleep(epoch === from ? 0 : secondsPerEpoch * 1000);
      if (!this.#exists(pod)) return this.#end(process);
      if (epoch === lostAt) return this.#lose(job, pod, process);
      if (epoch === outOfMemoryAt) return this.#finish(job, pod, { process, exitCode: 137, reason: 'OOMKilled' });
      if (epoch === crashesAt) return this.#finish(job, pod, { process, exitCode: 1 });
      const value = epoch >= divergesAt ? Number.NaN : curve(environment(job, 'ABOHB_PARAMETERS'), epoch, seed);
      const report = `{"${this.#options.resource}": ${epoch}, "${this.#options.metric}": ${value}, "loss": ${epoch}}`;
      if (this.#options.annotates) await this.#annotate(process, report);
      else this.#print(process, report);
      this.#checkpoints.set(trial, epoch);
    }
    return this.#finish(job, pod, { process, exitCode: 0 });
  }

  /** Its image is not there, and the kubelet asks for it for ever. */
  async #stick(job: Job, run: number): Promise<void> {
    const pod = await this.#create(job, run);
    if (!pod) return;
    const at = new Date(this.#options.clock.now()).toISOString();
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
    await this.#setStatus(POD, pod, {
      phase: 'Pending',
      startTime: at,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }],
      containerStatuses: [{ name: job.spec.template.spec.containers[0]?.name ?? '', state: { waiting } }],
    });
  }

  async #start(job: Job, run: number): Promise<Pod | undefined> {
    const created = await this.#create(job, run);
    if (!created) return undefined;
    const startedAt = new Date(this.#options.clock.now()).toISOString();
    const container = { name: created.spec.containers[0]?.name ?? '', state: { running: { startedAt } } };
    const status = { phase: 'Running', startTime: startedAt, containerStatuses: [container] } as const;
    return this.#setStatus(POD, created, withSidecar(created, status));
  }

  async #create(job: Job, run: number): Promise<Pod | undefined> {
    const { cluster } = this.#options;
    const now = await cluster.get(JOB, refOf(job));
    const { template } = job.spec;
    const { name, namespace = '', uid = '' } = job.metadata;
    if (!now || now.spec.suspend || this.#runs.get(uid) !== run) return undefined;
    return cluster.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: run === 1 ? `${name}-pod` : `${name}-pod-${run}`,
        namespace,
        labels: template.metadata?.labels ?? {},
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
      },
      spec: template.spec,
    });
  }

  #exists(pod: Pod): boolean {
    return this.#options.cluster.objects(POD).some(({ metadata }) => metadata.uid === pod.metadata.uid);
  }

  async #finish(job: Job, pod: Pod, { process, exitCode, reason }: Exit): Promise<void> {
    this.#end(process);
    const finishedAt = new Date(this.#options.clock.now()).toISOString();
    const name = pod.spec.containers[0]?.name ?? '';
    const state = { terminated: { exitCode, reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'), finishedAt } };
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    const { startTime } = pod.status ?? {};
    const status = { phase, ...(startTime && { startTime }), containerStatuses: [{ name, state }] } as const;
    await this.#setStatus(POD, pod, withSidecar(pod, status));
    await this.#finishJob(job, exitCode === 0 ? 'Complete' : 'Failed');
  }

  /** The node is gone: so is the pod, and the Job controller gives up. */
  async #lose(job: Job, pod: Pod, process: Process): Promise<void> {
    this.#end(process);
    this.lost += 1;
    await this.#options.cluster.delete(POD, refOf(pod));
    await this.#finishJob(job, 'Failed');
  }

  async #finishJob(job: Job, type: 'Complete' | 'Failed'): Promise<void> {
    const { cluster, clock } = this.#options;
    if (!(await cluster.get(JOB, refOf(job)))) return;
    const condition: Condition = { type, status: 'True', lastTransitionTime: new Date(clock.now()).toISOString() };
    await this.#setStatus(JOB, job, { conditions: [condition] });
  }

  async #setStatus<T extends KubeObject>(
    kind: Parameters<LocalCluster['applyStatus']>[0],
    object: T,
    status: unknown,
  ): Promise<T | undefined> {
    const { name, namespace = '' } = object.metadata;
    const applied = { apiVersion: object.apiVersion, kind: object.kind, metadata: { name, namespace }, status };
    const written = await this.#options.cluster.applyStatus(kind, applied, MANAGER).catch(() => undefined);
    return written as T | undefined;
  }

  /** A list of all reports so far, since a watch may merge updates. */
  async #annotate(process: Process, report: string): Promise<void> {
    process.reports.push(report);
    const annotations = { [REPORTS_ANNOTATION]: `[${process.reports.join(', ')}]` };
    const applied = { apiVersion: 'v1', kind: 'Pod', metadata: { ...process.pod, uid: process.uid, annotations } };
    // A pod that was deleted meanwhile has nothing more to report.
    await this.#options.cluster.apply(POD, applied as unknown as Pod, MANAGER).catch(() => undefined);
  }

  #print(process: Process, line: string): void {
    const at = this.#options.clock.now();
    process.lines.push({ at, bytes: new TextEncoder().encode(`${new Date(at).toISOString()} ${line}\n`) });
    process.wake();
  }

  /** The first line that is still there: the kubelet rotates logs, and shows what is left. */
  #rotated({ lines }: Process): number {
    const { seed, misfortunes } = this.#options;
    const isRotated = stream(seed, 'rotation', lines.length).uniform() < misfortunes.rotate;
    return isRotated ? Math.max(0, lines.length - KEPT) : 0;
  }

  #end(process: Process): void {
    process.ended = true;
    process.wake();
  }

  async *#log(pod: Pod, { container, since }: LogOptions): AsyncGenerator<Uint8Array> {
    const process = this.#processes.get(keyOf(refOf(pod)));
    if (!process || !reportsIn(pod, container)) return;
    // To the second, as the API server passes it on.
    const from = since === undefined ? 0 : Math.floor(Date.parse(since) / 1000) * 1000;
    for (let i = this.#rotated(process); ; ) {
      const line = process.lines[i];
      if (line) {
        i += 1;
        if (line.at >= from) yield line.bytes;
      } else if (process.ended) return;
      else await news(process);
    }
  }
}

/** Lines that a log which has been rotated still shows. */
const KEPT = 3;

function news(process: Process): Promise<void> {
  return new Promise((resolve) => {
    const before = process.wake;
    process.wake = () => {
      before();
      resolve();
    };
  });
}

function environment(job: Job, name: string): string {
  return job.spec.template.spec.containers[0]?.env?.find((e) => e.name === name)?.value ?? '';
}

/** A curve that falls towards a level given by the configuration; the same for the same configuration. */
function curve(parameters: string, epoch: number, seed: number): number {
  const shape: Rng = stream(seed, parameters, 0);
  const floor = shape.uniform();
  const speed = 0.1 + shape.uniform();
  return floor + (1 - floor) / (1 + speed * epoch) + 0.02 * stream(seed, parameters, epoch).uniform();
}
