import type { AsynchronousHyperband, Goal, Study } from '../model.ts';
import { roundHalfEven } from '../rounding.ts';

/**
 * The rung levels, ascending, all below `max`: min · etaᵏ rounded half to even, or the levels given. Equal levels, which
 * rounding may produce, count once; the maximum resource is not a rung, because nothing is left to decide there.
 */
export function rungLevels(
  resource: Study['resource'],
  algorithm: Pick<AsynchronousHyperband, 'reductionFactor' | 'rungLevels'>,
): number[] {
  const levels = algorithm.rungLevels ?? geometricLevels(resource, algorithm.reductionFactor);
  return [...new Set(levels)].filter((level) => level < resource.max).sort((a, b) => a - b);
}

function geometricLevels({ min, max }: Study['resource'], reductionFactor: number): number[] {
  if (!(reductionFactor > 1)) throw new RangeError(`reductionFactor is ${reductionFactor}; it must be above 1`);
  const levels: number[] = [];
  for (let k = 0; min * reductionFactor ** k < max; k++) levels.push(roundHalfEven(min * reductionFactor ** k));
  return levels;
}

/** The share of trials that passes each rung: its level over the next one, the maximum resource being above the top. */
export function promoteQuantiles(levels: readonly number[], max: number): number[] {
  return levels.map((level, k) => level / (levels[k + 1] ?? max));
}

/** Values from best to worst. */
export interface Values {
  readonly size: number;
  /** The value at a position in [0, size); NaN outside. */
  at(position: number): number;
}

/** Values from best to worst, and what they cost. */
export interface Ranking extends Values {
  /** What the value at a position in [0, size) has cost; NaN outside. */
  cost(position: number): number;
}

/** What a trial reported at a rung. */
export interface RungEntry {
  readonly trial: number;
  readonly value: number;
  /** What the trial has cost so far; the rung's level when absent. */
  readonly cost?: number | undefined;
  /** Whether its configuration was given at the start. */
  readonly isGiven?: boolean | undefined;
}

/**
 * The entries of one rung, best first; equal values keep the order they were entered in. Entering takes O(log n)
 * comparisons. Values must be finite.
 */
export class Rung implements Ranking {
  readonly level: number;
  /** About this share of the entries passes. */
  readonly quantile: number;
  readonly goal: Goal;
  readonly #entries: RungEntry[] = [];
  /** The values in the order they were entered in. */
  readonly #history: number[] = [];
  readonly #promoted = new Set<number>();

  constructor(level: number, quantile: number, goal: Goal) {
    this.level = level;
    this.quantile = quantile;
    this.goal = goal;
  }

  get size(): number {
    return this.#entries.length;
  }

  get entries(): readonly RungEntry[] {
    return this.#entries;
  }

  at(position: number): number {
    return this.#entries[position]?.value ?? Number.NaN;
  }

  cost(position: number): number {
    const entry = this.#entries[position];
    return entry ? (entry.cost ?? this.level) : Number.NaN;
  }

  enter(entry: RungEntry): void {
    this.#entries.splice(this.position(entry.value), 0, entry);
    this.#history.push(entry.value);
  }

  /** The position a value would be entered at: behind its equals. */
  position(value: number): number {
    return this.#first((other) => isBetter(value, other, this.goal));
  }

  /** The rank of a value: 1 is best, equal values share the better rank. */
  rank(value: number): number {
    return this.#first((other) => !isBetter(other, value, this.goal)) + 1;
  }

  /** This rung's values as they would be with one more. */
  including(value: number, cost: number = this.level): Ranking {
    const position = this.position(value);
    return {
      size: this.size + 1,
      at: (i) => (i === position ? value : this.at(i < position ? i : i - 1)),
      cost: (i) => (i === position ? cost : this.cost(i < position ? i : i - 1)),
    };
  }

  /** The last `count` values entered, and further ones. */
  latest(count: number, ...further: readonly number[]): Values {
    const values = [...(count > 0 ? this.#history.slice(-count) : []), ...further];
    values.sort((a, b) => (this.goal === 'Minimize' ? a - b : b - a));
    return { size: values.length, at: (i) => values[i] ?? Number.NaN };
  }

  isPromoted(trial: number): boolean {
    return this.#promoted.has(trial);
  }

  /** From now on `trial` is no longer a candidate here; its entry stays. */
  promoted(trial: number): void {
    this.#promoted.add(trial);
  }

  /** The positions of entries that were not promoted and are not to be skipped, the best first. */
  *waiting(skip: ReadonlySet<number>): Generator<number> {
    for (const [position, { trial }] of this.#entries.entries()) {
      if (!this.#promoted.has(trial) && !skip.has(trial)) yield position;
    }
  }

  /** The first position whose value fulfils a condition that holds from some position on. */
  #first(holds: (value: number) => boolean): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.at(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

export function isBetter(value: number, other: number, goal: Goal): boolean {
  return goal === 'Minimize' ? value < other : value > other;
}
