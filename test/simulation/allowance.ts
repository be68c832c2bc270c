/**
 * How many trials a Study allows, where its user changes that while it runs: the limit as it is, or as it was until a
 * while ago; and where more than that were under way already, no more than are left of them.
 */
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import { engineTrial } from '../../operator/observe.ts';
import type { Clock } from '../../operator/runtime/clock.ts';

export interface Limits {
  readonly parallelism: number;
  readonly maxTrials: number;
}

export interface Seen {
  readonly study: Study;
  readonly trials: readonly Trial[];
  /** Those that run. */
  readonly pods: readonly Pod[];
  /** The Study has reached what ends it: it starts nothing more. */
  readonly isOver: boolean;
  /**
   * Decisions and objects made for a process that had been replaced: each may start a trial that the next one does not
   * know of, or one more pod for a trial that has ended.
   */
  readonly late: number;
}

/** An edit is seen after this at the latest: by an operator that has to be started again, from watches that lag behind. */
const SEEN_MS = 60_000;

export class Allowance implements Limits {
  readonly #parallelism: Ceiling;
  readonly #maxTrials: Ceiling;
  #late = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#parallelism = new Ceiling(clock);
    this.#maxTrials = new Ceiling(clock);
  }

  get parallelism(): number {
    return this.#parallelism.value + this.#late;
  }

  get maxTrials(): number {
    return this.#maxTrials.value;
  }

  look({ study: { spec }, trials, pods, isOver, late }: Seen): void {
    this.#late = late;
    // The pods of a Trial that somebody has deleted may outlive it.
    this.#parallelism.look(spec.parallelism, Math.max(underWay(trials), pods.length));
    this.#maxTrials.look(isOver ? 0 : (spec.limits.maxTrials ?? Number.POSITIVE_INFINITY), trials.length);
  }
}

/** Trials that hold a slot: they run, are to run, or their pods have not gone yet. */
export function underWay(trials: readonly Trial[]): number {
  return trials.filter((trial) => engineTrial(trial).state === 'Active').length;
}

class Ceiling {
  readonly #clock: Pick<Clock, 'now'>;
  /** Limits that somebody may still believe in, each until some time. */
  #believed: readonly { readonly limit: number; readonly until: number }[] = [];
  #limit = 0;
  #count = 0;
  value = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  look(limit: number, count: number): void {
    const now = this.#clock.now();
    const believed = this.#believed.filter(({ until }) => until >= now);
    this.#believed = limit === this.#limit ? believed : [...believed, { limit: this.#limit, until: now + SEEN_MS }];
    this.#limit = limit;
    // What was under way at the last look goes on, and nothing takes the place of what has ended.
    const left = Math.min(this.value, this.#count);
    this.value = Math.max(limit, left, ...this.#believed.map((each) => each.limit));
    this.#count = count;
  }
}
