/** How long pods held their place, and how many they were: those of each trial, whoever ended them. */
import { POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { trialOf } from './play.ts';

/** How long the pods of each trial held their place, of whose end it is told. */
export class PodSeconds {
  readonly #clock: Clock;
  /** Pods that are over, by uid. */
  readonly #over = new Set<string>();
  /** By the name of the trial. */
  readonly seconds = new Map<string, number>();
  /** How many they were, by the name of the trial. */
  readonly counts = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The pod is over: since now, if it was not told before. */
  over(pod: Pod): void {
    const { metadata, status } = pod;
    const { uid = '' } = metadata;
    if (this.#over.has(uid) || status?.startTime === undefined) return;
    this.#over.add(uid);
    const trial = trialOf(pod);
    const seconds = (this.#clock.now() - Date.parse(status.startTime)) / 1000;
    this.seconds.set(trial, (this.seconds.get(trial) ?? 0) + seconds);
    this.counts.set(trial, (this.counts.get(trial) ?? 0) + 1);
  }
}

export class PodMeter extends PodSeconds {
  readonly #cluster: LocalCluster;

  constructor(cluster: LocalCluster, clock: Clock) {
    super(clock);
    this.#cluster = cluster;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { resourceVersion } = this.#cluster;
    for await (const event of this.#cluster.watch(POD, { resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK') continue;
      if (event.type === 'DELETED' || isOver(event.object)) this.over(event.object);
    }
  }
}

/** It has ended, by whatever exit. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
