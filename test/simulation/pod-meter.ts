/** How long the pods of each trial really held their place, whoever ended them. */
import { TRIAL_LABEL } from '../../operator/api/common.ts';
import { POD, type Pod } from '../../operator/kube/kinds.ts';
import type { LocalCluster } from '../../operator/local/store.ts';
import type { Clock } from '../../operator/runtime/clock.ts';

export class PodMeter {
  readonly #cluster: LocalCluster;
  readonly #clock: Clock;
  /** Pods that are over, by uid. */
  readonly #over = new Set<string>();
  /** By the name of the trial. */
  readonly seconds = new Map<string, number>();

  constructor(cluster: LocalCluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { resourceVersion } = this.#cluster;
    for await (const event of this.#cluster.watch(POD, { resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK') continue;
      const { phase } = event.object.status ?? {};
      if (event.type === 'DELETED' || phase === 'Succeeded' || phase === 'Failed') this.#note(event.object);
    }
  }

  #note({ metadata, status }: Pod): void {
    const { uid = '', labels } = metadata;
    if (this.#over.has(uid) || status?.startTime === undefined) return;
    this.#over.add(uid);
    const trial = labels?.[TRIAL_LABEL] ?? '';
    const seconds = (this.#clock.now() - Date.parse(status.startTime)) / 1000;
    this.seconds.set(trial, (this.seconds.get(trial) ?? 0) + seconds);
  }
}
