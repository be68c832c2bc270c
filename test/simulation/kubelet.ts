/**
 * Plays the kubelet: what the status of a pod says from its start to its end. A pod that is deleted stays until its code
 * has ended: that is told to end, may take its time, and may train on until it is killed.
 */
import { type KubeObject, refOf } from '../../operator/kube/cluster.ts';
import { POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import type { KubeletLogs } from './kubelet-logs.ts';
import { type Misfortunes, mannersOf } from './misfortunes.ts';
import { trialOf } from './play.ts';
import { withSidecar } from './sidecar.ts';

export interface KubeletOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly seed: number;
  readonly misfortunes: Misfortunes;
  readonly logs: KubeletLogs;
  /** A pod has ended, and its status says how; it may be gone the moment after. */
  readonly onEnd: (pod: Pod) => Promise<void>;
}

export interface Exit {
  readonly exitCode: number;
  readonly reason?: string;
}

/** Keeps a pod until its code has ended. */
export const KUBELET_FINALIZER = 'simulation/kubelet';

const TOLD: Exit = { exitCode: 143 };
const KILLED: Exit = { exitCode: 137 };

type PodStatus = NonNullable<Pod['status']>;

export class Kubelet {
  readonly #options: KubeletOptions;
  /** Uids of the pods that have been told to end. */
  readonly #told = new Set<string>();

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Tells pods that are deleted to end. */
  async run(signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    for await (const event of cluster.watch(POD, { resourceVersion: cluster.resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
      if (event.object.metadata.deletionTimestamp !== undefined) void this.#terminate(event.object);
    }
  }

  /** Its code runs; undefined where somebody has deleted it meanwhile. */
  start(pod: Pod): Promise<Pod | undefined> {
    const startedAt = this.#now();
    const container = { name: mainOf(pod), state: { running: { startedAt } } };
    return this.#setStatus(pod, { phase: 'Running', startTime: startedAt, containerStatuses: [container] });
  }

  /** Its image is not there, and is asked for for ever. */
  stick(pod: Pod): Promise<Pod | undefined> {
    const at = this.#now();
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
    return this.#setStatus(pod, {
      phase: 'Pending',
      startTime: at,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }],
      containerStatuses: [{ name: mainOf(pod), state: { waiting } }],
    });
  }

  /** Its code has ended. */
  async exit(pod: Pod, { exitCode, reason }: Exit): Promise<void> {
    const process = this.#options.logs.of(pod);
    if (!process || process.ended) return;
    this.#options.logs.end(process);
    const finishedAt = this.#now();
    const why = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
    const ended = await this.#setStatus(pod, {
      ...kept(this.#current(pod)),
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: mainOf(pod), state: { terminated: { exitCode, reason: why, finishedAt } } }],
    });
    if (ended) await this.#options.onEnd(ended);
  }

  /** It goes at once, whatever its status says: as it was last, undefined where it had gone already. */
  async remove(pod: Pod): Promise<Pod | undefined> {
    const { cluster, logs } = this.#options;
    const process = logs.of(pod);
    if (process) logs.end(process);
    await cluster.delete(POD, refOf(pod), { uid: pod.metadata.uid ?? '' });
    const last = this.#current(pod);
    if (last) await cluster.update(POD, { ...last, metadata: { ...last.metadata, finalizers: [] } });
    return last;
  }

  async #terminate(pod: Pod): Promise<void> {
    const { clock, logs } = this.#options;
    const { uid = '', name } = pod.metadata;
    if (this.#told.has(uid)) return;
    this.#told.add(uid);
    const process = logs.of(pod);
    if (process && !process.ended) {
      const { lingersMs, isDeaf } = mannersOf(this.#options, { trial: trialOf(pod), pod: name });
      process.hasHeard = !isDeaf;
      if (lingersMs > 0) await clock.sleep(lingersMs);
      await this.exit(pod, isDeaf ? KILLED : TOLD);
    }
    await this.remove(pod);
  }

  #current({ metadata: { uid } }: Pod): Pod | undefined {
    return this.#options.cluster.objects(POD).find(({ metadata }) => metadata.uid === uid);
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  async #setStatus(pod: Pod, status: PodStatus): Promise<Pod | undefined> {
    const { name, namespace = '', uid = '' } = pod.metadata;
    const metadata = { name, namespace, uid };
    const applied = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      status: withSidecar(pod, status),
    } satisfies KubeObject & {
      status: PodStatus;
    };
    // Whoever is gone meanwhile has no status.
    return this.#options.cluster.applyStatus(POD, applied as unknown as Pod, MANAGER).catch(() => undefined);
  }
}

const MANAGER = { fieldManager: 'kubelet' };

function mainOf({ spec }: Pod): string {
  return spec.containers[0]?.name ?? '';
}

/** What stays in the status of a pod to its end. */
function kept(pod: Pod | undefined): Pick<PodStatus, 'startTime' | 'conditions'> {
  const { startTime, conditions } = pod?.status ?? {};
  return { ...(startTime !== undefined && { startTime }), ...(conditions && { conditions }) };
}
