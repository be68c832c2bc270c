/**
 * Plays the controller of what trains trials: makes the pods of an object, one after the other, and says how it ended. Of
 * Jobs it does what the Job controller does with the policies that the operator's Jobs have.
 */
import { TRIAL_LABEL } from '../../operator/api/common.ts';
import { refOf } from '../../operator/kube/cluster.ts';
import { type Condition, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { KUBELET_FINALIZER } from './kubelet.ts';
import { ofTrial, type Play } from './play.ts';

export interface ControllerOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly play: Play;
  /** The object is to have another pod. */
  readonly replace: (object: Job) => void;
  /** Takes away a pod that has ended. */
  readonly remove: (pod: Pod) => Promise<unknown>;
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
    const now = this.#current(object.metadata.uid);
    return now !== undefined && !now.spec.suspend && this.#runs.get(object.metadata.uid ?? '') === run;
  }

  /** Its next pod; undefined where none is wanted any more. */
  async create(object: Job, run: number): Promise<Pod | undefined> {
    const { cluster, play, remove } = this.#options;
    if (!this.wants(object, run)) return undefined;
    const { name, namespace = '', uid = '', labels = {} } = object.metadata;
    const ref = { name: play.podName(object, run), namespace };
    // Where all have the same name, the one before has ended and goes now.
    const before = await cluster.get(POD, ref);
    if (before) await remove(before);
    return cluster.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...ref,
        labels: play.podLabels(object),
        ...ofTrial(labels[TRIAL_LABEL] ?? ''),
        finalizers: [KUBELET_FINALIZER],
        ownerReferences: [{ apiVersion: object.apiVersion, kind: object.kind, name, uid, controller: true }],
      },
      spec: play.template(object).spec,
    });
  }

  /** A pod of its has ended: so has the object, unless the pod is replaced. */
  async settle(pod: Pod): Promise<void> {
    const { play, replace } = this.#options;
    const object = this.ownerOf(pod);
    if (!object) return;
    if (pod.status?.phase === 'Succeeded') return this.#end(object, true);
    // It was told to end since the object was suspended: another one comes when that is resumed.
    if (object.spec.suspend && pod.metadata.deletionTimestamp !== undefined) return;
    if (play.replaces(object, pod)) replace(object);
    else await this.#end(object, false);
  }

  /** Undefined where it is gone. */
  ownerOf({ metadata }: Pod): Job | undefined {
    const owners = metadata.ownerReferences ?? [];
    return owners.map(({ uid }) => this.#current(uid)).find((found) => found !== undefined);
  }

  #current(uid: string | undefined): Job | undefined {
    return this.#options.cluster.objects(this.#options.play.kind).find(({ metadata }) => metadata.uid === uid);
  }

  async #end(object: Job, isGood: boolean): Promise<void> {
    const { cluster, clock, play } = this.#options;
    const lastTransitionTime = new Date(clock.now()).toISOString();
    const conditions: readonly Condition[] = [{ ...play.ended(isGood), lastTransitionTime }];
    const { apiVersion, kind } = object;
    const ended = { apiVersion, kind, metadata: refOf(object), status: { conditions } } as unknown as Job;
    await cluster.applyStatus(play.kind, ended, MANAGER);
  }
}
