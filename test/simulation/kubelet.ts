/**
 * Plays the kubelet: what the status of a pod says from its start to its end, and those that take a pod off its node. A
 * pod that is deleted stays until its code has ended: that is told to end, may take its time, and may train on until it is
 * killed.
 */
import { isTrue } from '../../operator/conditions.ts';
import { type KubeObject, refOf } from '../../operator/kube/cluster.ts';
import { POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { stream } from '../../src/rng.ts';
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

/** Who takes a pod off a node that is well, as its condition says. */
const EVICTIONS = [
  'EvictionByEvictionAPI',
  'PreemptionByScheduler',
  'DeletionByTaintManager',
  'TerminationByKubelet',
] as const;

/** A node that is silent for so long is taken for lost; its pods are deleted after up to five minutes more. */
const UNREACHABLE_MS = 40_000;
const TOLERATED_MS = 300_000;
/** A lost node is given up within this. */
const GIVEN_UP_MS = 600_000;

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

  /** The scheduler gave it to a node that will not have it: none of its containers is ever made. */
  async turnAway(pod: Pod): Promise<void> {
    const at = this.#now();
    const ended = await this.#setStatus(pod, {
      phase: 'Failed',
      reason: 'UnexpectedAdmissionError',
      message: 'Pod was rejected: Allocate failed due to no healthy devices present, which is unexpected',
      startTime: at,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }],
    });
    if (ended) await this.#options.onEnd(ended);
  }

  /** It has to leave its node: for want of memory there it ends at once and its object stays; else it is deleted. */
  async evict(pod: Pod): Promise<void> {
    const { seed, cluster } = this.#options;
    const by =
      EVICTIONS[stream(seed, `eviction of ${pod.metadata.name}`, 0).int(EVICTIONS.length)] ?? 'TerminationByKubelet';
    await this.#disrupt(pod, by);
    if (by === 'TerminationByKubelet') await this.exit(pod, KILLED);
    else await cluster.delete(POD, refOf(pod), { uid: pod.metadata.uid ?? '' });
  }

  /**
   * Its node is lost. The pod seems to run on until that is noticed and it is deleted, and stays until the node is given
   * up: then it has failed, and no container says how.
   */
  async strand(pod: Pod): Promise<void> {
    const { seed, clock, logs, cluster, onEnd } = this.#options;
    const process = logs.of(pod);
    if (!process) return;
    process.isStranded = true;
    const luck = stream(seed, `node of ${pod.metadata.name}`, 0);
    await clock.sleep(UNREACHABLE_MS + luck.uniform() * TOLERATED_MS);
    if (this.#current(pod)?.metadata.deletionTimestamp === undefined)
      await this.#disrupt(pod, 'DeletionByTaintManager');
    await cluster.delete(POD, refOf(pod), { uid: process.uid });
    await clock.sleep(luck.uniform() * GIVEN_UP_MS);
    await this.#disrupt(pod, 'DeletionByPodGC');
    const failed = await this.#setStatus(pod, { ...this.#current(pod)?.status, phase: 'Failed' });
    if (failed) await onEnd(failed);
    await this.remove(pod);
  }

  isStranded(pod: Pod): boolean {
    return this.#options.logs.of(pod)?.isStranded ?? false;
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
      if (process.isStranded) return;
      await this.exit(pod, isDeaf ? KILLED : TOLD);
    }
    await this.remove(pod);
  }

  /** Says that whatever becomes of it now is not its own doing; whoever says so first. */
  async #disrupt(pod: Pod, reason: string): Promise<void> {
    const { status } = this.#current(pod) ?? {};
    if (!status || isTrue(status.conditions, 'DisruptionTarget')) return;
    const disrupted = { type: 'DisruptionTarget', status: 'True', reason, lastTransitionTime: this.#now() } as const;
    await this.#setStatus(pod, { ...status, conditions: [...(status.conditions ?? []), disrupted] });
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
