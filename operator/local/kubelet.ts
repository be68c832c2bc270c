/** Plays the kubelet: starts and ends the processes of pods, writes the pods' status and serves their logs. */
import { join } from 'node:path';
import { KubeError, keyOf, type LogOptions, type ObjectRef, refOf } from '../kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import { SIDECAR } from '../sidecar/config.ts';
import type { Gpus } from './gpus.ts';
import type { CheckpointFolder, LaunchOptions } from './launch.ts';
import { readLog } from './log-file.ts';
import { MetricsReader, sidecarIn, withSidecarStatus } from './metrics-reader.ts';
import { PodRun, type RunState } from './pod-run.ts';
import {
  containerOf,
  type Ending,
  endedStatus,
  hasEnded,
  ownerOf,
  PROCESS_ANNOTATION,
  processName,
  queuedStatus,
  runningStatus,
  time,
} from './pods.ts';
import { processAnnotation, recoveredStatus } from './recovery.ts';
import type { LocalCluster } from './store.ts';
import { annotate, release, setStatus } from './writes.ts';

export interface KubeletOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly launching: LaunchOptions;
  readonly logDir: string;
  readonly gpus: Gpus | undefined;
  /** The folder a pod shares with the others of its trial. */
  readonly checkpoint?: ((pod: Pod) => CheckpointFolder) | undefined;
  /** Something happened to the pod's process. */
  readonly onChange: (pod: ObjectRef) => void;
}

/** As Kubernetes has it. */
const GRACE_SECONDS = 30;

export class Kubelet {
  readonly #options: KubeletOptions;
  /** By the pod's namespace and name, in the order they were taken up. */
  readonly #runs = new Map<string, PodRun>();

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Pods whose process has not been settled. */
  get size(): number {
    return this.#runs.size;
  }

  /** Settles the pods that an earlier process left running. */
  async recover(): Promise<void> {
    const { cluster } = this.#options;
    for (const pod of cluster.objects(POD)) {
      const status = hasEnded(pod) ? undefined : withSidecarStatus(pod, await recoveredStatus(pod, this.#options));
      if (status) await setStatus(cluster, POD, { ...pod, status });
    }
  }

  /** Brings process and pod together. startsPods: false while everything comes to an end. */
  async reconcile(ref: ObjectRef, startsPods: boolean): Promise<void> {
    const { cluster } = this.#options;
    const pod = await cluster.get(POD, ref);
    const run = this.#runs.get(keyOf(ref));
    if (pod === undefined) return this.#abandon(ref, run);
    const isDeleted = pod.metadata.deletionTimestamp !== undefined;
    if (hasEnded(pod)) {
      this.#runs.delete(keyOf(ref));
      if (isDeleted) await release(cluster, pod);
      return;
    }
    if (run) await this.#settle(pod, run, isDeleted);
    else if (isDeleted) await this.#write(pod, { phase: 'Ended', ending: this.#neverStarted() });
    else if (startsPods) await this.#start(pod);
  }

  /** Ends all processes; those that wait for GPUs are forgotten and stay as they are. */
  stop(graceMs: number): void {
    const message = 'the run that started it was stopped';
    // The last first: who is first in the queue for GPUs keeps those behind from starting.
    for (const [key, run] of [...this.#runs].reverse()) {
      if (run.park()) this.#runs.delete(key);
    }
    for (const run of this.#runs.values()) {
      void run.end({ type: 'Disrupted', reason: 'RunnerStopped', message }, graceMs);
    }
  }

  async *logs(pod: Pod, { container, signal }: LogOptions): AsyncGenerator<Uint8Array, void, void> {
    const isMetrics = container === SIDECAR && sidecarIn(pod) !== undefined;
    if (container !== containerOf(pod) && !isMetrics) {
      throw badRequest(
        `container ${container} of pod ${keyOf(refOf(pod))} is not run here, only ${containerOf(pod)} is`,
      );
    }
    const run = this.#runs.get(keyOf(refOf(pod)));
    const log = isMetrics ? run?.metricsLog : run?.log;
    if (log) yield* log.read(signal);
    else if (hasEnded(pod)) yield* readLog(this.#logPath(pod, isMetrics ? '.metrics' : ''), signal);
    else throw badRequest(`container ${container} of pod ${keyOf(refOf(pod))} has not started`);
  }

  /** Somebody took our finalizer off the pod. */
  #abandon(ref: ObjectRef, run: PodRun | undefined): void {
    if (run?.state.phase === 'Ended') this.#runs.delete(keyOf(ref));
    else void run?.end({ type: 'Exited' }, 0);
  }

  async #settle(pod: Pod, run: PodRun, isDeleted: boolean): Promise<void> {
    if (isDeleted && run.state.phase !== 'Ended') void run.end({ type: 'Exited' }, graceMsOf(pod));
    await this.#write(pod, run.state);
  }

  /** Tells the cluster what has become of the pod's process. */
  async #write(pod: Pod, state: RunState): Promise<void> {
    const { cluster } = this.#options;
    if (state.phase === 'Running' && state.process && !pod.metadata.annotations?.[PROCESS_ANNOTATION]) {
      await annotate(cluster, pod, processAnnotation(state.process));
    }
    const status = withSidecarStatus(pod, statusOf(containerOf(pod), state));
    if (status) await setStatus(cluster, POD, { ...pod, status });
  }

  async #start(pod: Pod): Promise<void> {
    const { cluster, clock, launching, gpus, checkpoint, onChange } = this.#options;
    const name = containerOf(pod);
    const container = pod.spec.containers.find((candidate) => candidate.name === name);
    if (container === undefined) {
      const message = `there is no container ${name} in the pod: name one of ${pod.spec.containers.map((c) => c.name).join(', ')}`;
      await this.#write(pod, {
        phase: 'Ended',
        ending: { ...this.#neverStarted(message), cause: { type: 'StartError' } },
      });
      return;
    }
    const job = await cluster.get(JOB, { namespace: pod.metadata.namespace ?? '', name: ownerOf(pod)?.name ?? '' });
    const run = new PodRun({
      name: processName(pod),
      container,
      logPath: this.#logPath(pod),
      gpus,
      launching,
      checkpoint: checkpoint?.(pod),
      reader: this.#reader(pod),
      clock,
      deadline: job && deadlineOf(job, clock.now()),
      graceMs: graceMsOf(pod),
      onChange: () => onChange(refOf(pod)),
    });
    this.#runs.set(keyOf(refOf(pod)), run);
  }

  #neverStarted(message = 'ended before it was started'): Ending {
    return { exitCode: 128, message, finishedAt: time(this.#options.clock.now()), cause: { type: 'Exited' } };
  }

  #logPath({ metadata }: Pod, kind = ''): string {
    return join(this.#options.logDir, metadata.namespace ?? '', `${metadata.name}${kind}.log`);
  }

  #reader(pod: Pod): MetricsReader | undefined {
    const sidecar = sidecarIn(pod);
    if (!sidecar) return undefined;
    const { logDir, clock } = this.#options;
    const folder = join(logDir, pod.metadata.namespace ?? '', `${pod.metadata.name}.metrics`);
    return new MetricsReader({ sidecar, folder, logPath: this.#logPath(pod, '.metrics'), clock });
  }
}

function statusOf(container: string, state: RunState): Pod['status'] {
  if (state.phase === 'Ended') return endedStatus(container, state.ending);
  if (state.phase === 'Running') return runningStatus(container, state.startedAt);
  return state.waiting && queuedStatus(state.waiting.message, state.waiting.since);
}

/** Milliseconds since the epoch. */
function deadlineOf({ spec, status }: Job, now: number): number | undefined {
  if (spec.activeDeadlineSeconds === undefined) return undefined;
  const start = status?.startTime === undefined ? now : Date.parse(status.startTime);
  return start + spec.activeDeadlineSeconds * 1000;
}

function graceMsOf({ spec }: Pod): number {
  const seconds = spec['terminationGracePeriodSeconds'];
  return (typeof seconds === 'number' ? seconds : GRACE_SECONDS) * 1000;
}

function badRequest(message: string): KubeError {
  return new KubeError('BadRequest', message, { status: 400 });
}
