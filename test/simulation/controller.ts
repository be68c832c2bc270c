/** Plays the controller of what trains trials and the kubelet: makes the pod of an object, and says how both ended. */
import { TRIAL_LABEL } from '../../operator/api/common.ts';
import { type Kind, type KubeObject, refOf } from '../../operator/kube/cluster.ts';
import { type Condition, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { ofTrial, type Play } from './play.ts';
import { withSidecar } from './sidecar.ts';

export interface ControllerOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly play: Play;
}

export interface Exit {
  readonly exitCode: number;
  readonly reason?: string;
}

export const MANAGER = { fieldManager: 'trainer' };

export class ObjectController {
  readonly #options: ControllerOptions;
  /** Pods that each object has had, or was to have, by its uid. */
  readonly #runs = new Map<string, number>();

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** The object is to have a pod, in place of the one before: which of them this is, counted from 1. */
  begin({ metadata: { uid = '' } }: Job): number {
    const run = (this.#runs.get(uid) ?? 0) + 1;
    this.#runs.set(uid, run);
    return run;
  }

  /** The object is there, may have pods, and this is the one it is to have. */
  wants(object: Job, run: number): boolean {
    const { uid = '' } = object.metadata;
    const now = this.#options.cluster.objects(this.#options.play.kind).find(({ metadata }) => metadata.uid === uid);
    return now !== undefined && !now.spec.suspend && this.#runs.get(uid) === run;
  }

  /** The pod runs; undefined where none is wanted any more. */
  async start(object: Job, run: number): Promise<Pod | undefined> {
    const created = await this.#create(object, run);
    if (!created) return undefined;
    const startedAt = this.#now();
    const container = { name: created.spec.containers[0]?.name ?? '', state: { running: { startedAt } } };
    const status = { phase: 'Running', startTime: startedAt, containerStatuses: [container] } as const;
    return this.#setStatus(POD, created, withSidecar(created, status));
  }

  /** Its image is not there, and the kubelet asks for it for ever. */
  async stick(object: Job, run: number): Promise<Pod | undefined> {
    const pod = await this.#create(object, run);
    if (!pod) return undefined;
    const at = this.#now();
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
    return this.#setStatus(POD, pod, {
      phase: 'Pending',
      startTime: at,
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at }],
      containerStatuses: [{ name: pod.spec.containers[0]?.name ?? '', state: { waiting } }],
    });
  }

  /** The code has ended, and the object with it. */
  async finish(object: Job, pod: Pod, { exitCode, reason }: Exit): Promise<void> {
    const finishedAt = this.#now();
    const name = pod.spec.containers[0]?.name ?? '';
    const state = { terminated: { exitCode, reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'), finishedAt } };
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    const { startTime } = pod.status ?? {};
    const status = { phase, ...(startTime && { startTime }), containerStatuses: [{ name, state }] } as const;
    await this.#setStatus(POD, pod, withSidecar(pod, status));
    await this.end(object, exitCode === 0);
  }

  async end(object: Job, isGood: boolean): Promise<void> {
    const { cluster, play } = this.#options;
    if (!(await cluster.get(play.kind, refOf(object)))) return;
    const condition: Condition = { ...play.ended(isGood), lastTransitionTime: this.#now() };
    await this.#setStatus(play.kind, object, { conditions: [condition] });
  }

  exists(pod: Pod): boolean {
    return this.#options.cluster.objects(POD).some(({ metadata }) => metadata.uid === pod.metadata.uid);
  }

  async #create(object: Job, run: number): Promise<Pod | undefined> {
    const { cluster, play } = this.#options;
    if (!this.wants(object, run)) return undefined;
    const { name, namespace = '', uid = '', labels = {} } = object.metadata;
    return cluster.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: play.podName(object, run),
        namespace,
        labels: play.podLabels(object),
        ...ofTrial(labels[TRIAL_LABEL] ?? ''),
        ownerReferences: [{ apiVersion: object.apiVersion, kind: object.kind, name, uid, controller: true }],
      },
      spec: play.template(object).spec,
    });
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  async #setStatus<T extends KubeObject>(kind: Kind<T>, object: T, status: unknown): Promise<T | undefined> {
    const { name, namespace = '' } = object.metadata;
    const applied = { apiVersion: object.apiVersion, kind: object.kind, metadata: { name, namespace }, status };
    // Whoever is gone meanwhile has no status.
    return this.#options.cluster.applyStatus(kind, applied as unknown as T, MANAGER).catch(() => undefined);
  }
}
