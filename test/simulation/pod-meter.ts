/** How long pods held their place: those of each trial, whoever ended them, and those that nobody wanted any more. */
import type { Trial } from '../../operator/api/trial.ts';
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

/** How long pods run on after it was decided that their trial is to end. */
export class StopWatch {
  readonly #clock: Clock;
  /** When a trial was first seen to be unwanted with a pod running, by its name. */
  readonly #since = new Map<string, number>();
  /** Milliseconds. */
  longest = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  look({ trials, runningPods }: { readonly trials: readonly Trial[]; readonly runningPods: readonly Pod[] }): void {
    const running = new Set(runningPods.map(trialOf));
    const now = this.#clock.now();
    for (const { metadata, spec } of trials) {
      if (spec.stop && running.has(metadata.name)) {
        const since = this.#since.get(metadata.name) ?? now;
        this.#since.set(metadata.name, since);
        this.longest = Math.max(this.longest, now - since);
      } else this.#since.delete(metadata.name);
    }
  }
}
