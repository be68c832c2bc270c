/**
 * Plays Kueue under virtual time: suspends the Jobs with its label as they are created, admits as many as the quota
 * allows and preempts others when it shrinks; and what the Job controller does with a Job that is suspended.
 */
import { isKubeError, type Kind, type KubeObject, refOf } from '../../operator/kube/cluster.ts';
import { type Condition, type Job, POD, type Pod } from '../../operator/kube/kinds.ts';
import type { Admit, LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import type { Rng } from '../../src/rng.ts';
import { isQueued, moves } from '../queue/policy.ts';
import type { Play } from './play.ts';

/** As Kueue's webhook does. */
export const queueAdmission: Admit = (object, old) => {
  const job = object as Job;
  if (old !== undefined || !isQueued(job)) return object;
  const suspended: Job = { ...job, spec: { ...job.spec, suspend: true } };
  return suspended satisfies KubeObject;
};

export interface QueueOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly rng: Rng;
  /** What waits in it. */
  readonly play: Play;
  /** The quota changes now and then, up to this many Jobs. */
  readonly quota: number;
  /** Starts the pod of a Job that was admitted. */
  readonly begin: (job: Job) => void;
}

const MANAGER = { fieldManager: 'queue' };
/** How long a quota lasts. */
const LASTS_MS = { min: 60_000, max: 600_000 };

export class Queue {
  readonly #options: QueueOptions;
  #quota: number;
  #acting = Promise.resolve();
  /** Jobs that were preempted, each as often as it was. */
  preempted = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#quota = options.quota;
  }

  async run(signal: AbortSignal): Promise<void> {
    void this.#change(signal);
    await Promise.all([this.#follow(this.#options.play.kind, signal), this.#follow(POD, signal)]);
  }

  /** What is gone or has ended makes room. */
  async #follow(kind: Kind, signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    for await (const _ of cluster.watch(kind, { resourceVersion: cluster.resourceVersion }, signal)) await this.#act();
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { clock, rng, quota } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(LASTS_MS.min + rng.int(LASTS_MS.max - LASTS_MS.min));
      this.#quota = this.#quota < quota ? quota : rng.int(quota);
      await this.#act();
    }
  }

  /** One thing after the other, or one would undo what another has just begun. */
  #act(): Promise<void> {
    this.#acting = this.#acting.then(() => this.#move());
    return this.#acting;
  }

  async #move(): Promise<void> {
    const { cluster, play, begin } = this.#options;
    const jobs = cluster
      .objects(play.kind)
      .map(play.asJob)
      .map((job) => ({ ...job, status: { ...job.status, active: this.#podsOf(job).length } }));
    const next = moves(jobs, { quota: () => this.#quota, priorities: { high: 10 } });
    for (const job of next.evict) {
      if (await this.#suspend(job, true)) await this.#evict(job);
    }
    for (const job of next.admit) {
      if (await this.#suspend(job, false)) begin(job);
    }
  }

  /** False where somebody has deleted it meanwhile. */
  async #suspend({ apiVersion, kind, metadata }: Job, suspend: boolean): Promise<boolean> {
    const { name, namespace = '', uid = '' } = metadata;
    const job = { apiVersion, kind, metadata: { name, namespace, uid }, spec: { suspend } } as unknown as Job;
    // Its pods may start as soon as it is resumed.
    const since = new Date(this.#options.clock.now()).toISOString();
    try {
      await this.#options.cluster.apply(this.#options.play.kind, job, MANAGER);
      await this.#note(job, suspend ? 'True' : 'False', since);
      return true;
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  async #note(
    { apiVersion, kind, metadata }: Job,
    status: Condition['status'],
    lastTransitionTime: string,
  ): Promise<void> {
    const { cluster, play } = this.#options;
    const conditions: readonly Condition[] = [{ type: 'Suspended', status, lastTransitionTime }];
    const noted = { apiVersion, kind, metadata, status: { conditions } } as unknown as Job;
    await cluster.applyStatus(play.kind, noted, MANAGER);
  }

  /** Its pods are told to end, where nobody has told them before. */
  async #evict(job: Job): Promise<void> {
    this.preempted += 1;
    for (const pod of this.#podsOf(job)) await this.#options.cluster.delete(POD, refOf(pod));
  }

  #podsOf({ metadata }: Job): readonly Pod[] {
    return this.#options.cluster
      .objects(POD)
      .filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
      .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  }
}
