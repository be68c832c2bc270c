/**
 * Plays the Job controller and the kubelet of the in-process cluster: each Job gets one pod, and the pod's primary
 * container runs as a local process (or by docker or podman). A Job is tried once: a pod that fails, fails it.
 */
import type { Logger } from 'pino';
import { isKubeError, type Kind, type KubeObject, keyOf, type ObjectRef, refOf, refOfKey } from '../kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import { WorkQueue } from '../runtime/queue.ts';
import { Gpus } from './gpus.ts';
import { reconcileJob } from './job-controller.ts';
import { Kubelet } from './kubelet.ts';
import type { CheckpointFolder, LaunchOptions } from './launch.ts';
import { hasEnded, ownerOf } from './pods.ts';
import type { LocalCluster } from './store.ts';

export interface RunnerOptions extends LaunchOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  /** Logs are kept in `<logDir>/<namespace>/<pod>.log`. */
  readonly logDir: string;
  /** The name of the container of the Job that is run. */
  readonly primaryContainer: (job: Job) => string;
  /**
   * The GPUs to hand out: how many, or their names as CUDA_VISIBLE_DEVICES takes them. Undefined: GPUs are not
   * administered, and a Job that asks for one fails.
   */
  readonly gpus?: number | readonly string[] | undefined;
  /** The folder a pod shares with those before and after it that may continue one another; undefined: there is none. */
  readonly checkpoint?: ((pod: Pod) => CheckpointFolder) | undefined;
}

export interface Runner {
  /** Settles what an earlier process left running, then runs Jobs until it is stopped. */
  start(): Promise<void>;
  /**
   * Ends all processes (SIGTERM, then SIGKILL after so many milliseconds); their pods and Jobs fail as disrupted. Jobs
   * that wait for GPUs stay as they are. May be called again with fewer.
   */
  stop(graceMs: number): Promise<void>;
}

export function createRunner(options: RunnerOptions): Runner {
  return new LocalRunner(options);
}

/** For killed processes to be reaped and their ends to be recorded; more only when the journal cannot be written. */
const SETTLE_MS = 10_000;

class LocalRunner implements Runner {
  readonly #options: RunnerOptions;
  readonly #kubelet: Kubelet;
  readonly #queue: WorkQueue;
  readonly #stopped = new AbortController();
  /** Wanted: a call after the next item of the queue. */
  readonly #onIdle = new Set<() => void>();
  #stopping = false;
  #loops: readonly Promise<void>[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { cluster, clock, logDir, gpus, checkpoint } = options;
    this.#queue = new WorkQueue({ clock, longestRetryMs: 10_000 });
    this.#kubelet = new Kubelet({
      cluster,
      clock,
      launching: options,
      logDir,
      checkpoint,
      gpus: gpus === undefined ? undefined : new Gpus(typeof gpus === 'number' ? namesOf(gpus) : gpus),
      onChange: (pod) => this.#queue.add(itemOf(POD, pod)),
    });
  }

  async start(): Promise<void> {
    const { cluster } = this.#options;
    cluster.serveLogs((pod, options) => this.#kubelet.logs(pod, options));
    await this.#kubelet.recover();
    this.#loops = [this.#watch(JOB), this.#watch(POD), this.#work()];
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#kubelet.stop(graceMs);
    const settled = new AbortController();
    const late = this.#options.clock.sleep(graceMs + SETTLE_MS, settled.signal).catch(() => undefined); // In time.
    await Promise.race([this.#settled(), late]);
    settled.abort();
    this.#stopped.abort();
    await Promise.all(this.#loops);
  }

  /** Resolves when no process is left and all ends have been told. */
  async #settled(): Promise<void> {
    while (this.#kubelet.size > 0) {
      await new Promise<void>((resolve) => this.#onIdle.add(resolve));
    }
  }

  /** Takes note of every change, whatever one watch misses. */
  async #watch(kind: Kind): Promise<void> {
    let isBehind = true;
    while (isBehind && !this.#stopped.signal.aborted) isBehind = await this.#watchOnce(kind, this.#stopped.signal);
  }

  /** True when the watch fell behind: there is more to take note of. */
  async #watchOnce(kind: Kind, signal: AbortSignal): Promise<boolean> {
    const { cluster } = this.#options;
    try {
      const { items, resourceVersion } = await cluster.list(kind, {}, signal);
      for (const object of items) this.#note(object);
      for await (const event of cluster.watch(kind, { resourceVersion }, signal)) {
        if (event.type !== 'BOOKMARK') this.#note(event.object);
      }
      return false;
    } catch (error) {
      if (isKubeError(error, 'Gone')) return true;
      throw error;
    }
  }

  #note(object: KubeObject): void {
    const { kind, metadata } = object;
    this.#queue.add(`${kind} ${keyOf(refOf(object))}`);
    const job = metadata.ownerReferences?.find(({ controller }) => controller);
    if (job?.kind === JOB.kind) this.#queue.add(itemOf(JOB, { ...refOf(object), name: job.name }));
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopped;
    for (let item = await this.#queue.next(signal); item !== undefined; item = await this.#queue.next(signal)) {
      try {
        await this.#reconcile(item);
        this.#queue.forget(item);
      } catch (err) {
        const delayMs = this.#queue.retry(item);
        this.#options.log.warn({ item, delayMs, err }, 'a pod or Job could not be brought up to date; trying again');
      }
      this.#queue.done(item);
      for (const wake of this.#onIdle) wake();
      this.#onIdle.clear();
    }
  }

  async #reconcile(item: string): Promise<void> {
    const [kind, key = ''] = item.split(' ');
    const ref = refOfKey(key);
    const startsPods = !this.#stopping;
    if (kind === JOB.kind) await reconcileJob(ref, startsPods, this.#options);
    else await this.#reconcilePod(ref, startsPods);
  }

  async #reconcilePod(ref: ObjectRef, startsPods: boolean): Promise<void> {
    const pod = await this.#options.cluster.get(POD, ref);
    // First the Job takes note of how its pod ended: then the pod may go, and while stopping the process too.
    if (pod && hasEnded(pod)) await this.#reconcileOwner(pod, startsPods);
    await this.#kubelet.reconcile(ref, startsPods);
  }

  async #reconcileOwner(pod: Pod, startsPods: boolean): Promise<void> {
    const name = ownerOf(pod)?.name;
    if (name !== undefined) await reconcileJob({ ...refOf(pod), name }, startsPods, this.#options);
  }
}

function itemOf({ kind }: Kind, ref: ObjectRef): string {
  return `${kind} ${keyOf(ref)}`;
}

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}
