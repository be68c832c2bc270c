/**
 * PASHA (Bohdal et al. 2023, "PASHA: Efficient HPO and NAS with progressive resource allocation", arXiv 2207.06940):
 * promotion begins with the two lowest rungs and uses the next one only when the two highest in use disagree on the
 * order of their trials. Orders that differ by no more than the noise of the learning curves do not count as different.
 */
import { CurveNoise, type Reported } from './curve-noise.ts';
import type { Rung, RungEntry } from './rungs.ts';

/** This share of the noisy pairs is no further apart than epsilon. */
const NOISE_QUANTILE = 0.9;

export class GrowingMaximum {
  readonly #rungs: readonly Rung[];
  readonly #max: number;
  readonly #noise = new CurveNoise();
  /** Of the highest rung in use. */
  #top = 1;
  #level: number;
  #epsilon = 0;
  /** The highest resource reported. */
  #reached = 0;

  /** rungs: ascending by level. With less than two there is nothing to compare, and no maximum but `max`. */
  constructor(rungs: readonly Rung[], max: number) {
    this.#rungs = rungs;
    this.#max = max;
    this.#level = rungs[this.#top]?.level ?? max;
  }

  /** Trials are promoted up to here, for now. */
  get level(): number {
    return this.#level;
  }

  /** How far apart two values may be to count as equal. */
  get epsilon(): number {
    return this.#epsilon;
  }

  /** Takes reports of a trial into account, after the entry made upon them: the maximum may grow. */
  report(trial: number, reports: readonly Reported[]): void {
    this.#noise.report(trial, reports);
    this.#reached = Math.max(this.#reached, ...reports.map(({ resource }) => resource));
    const [upper, lower] = [this.#rungs[this.#top], this.#rungs[this.#top - 1]];
    if (upper === undefined || lower === undefined) return;
    const window = { above: Math.min(this.#reached, lower.level), to: Math.min(this.#reached, upper.level) };
    // It stays as it was while no pair of curves shows noise.
    this.#epsilon = this.#noise.quantile(NOISE_QUANTILE, window) ?? this.#epsilon;
    if (!agree(upper.entries, lower.entries, this.#epsilon)) this.#grow();
  }

  #grow(): void {
    const next = this.#rungs[this.#top + 1];
    if (next) this.#top += 1;
    this.#level = next?.level ?? this.#max;
  }
}

/** Both best first. Whether those in both have the same ranks, up to differences of epsilon in the lower rung. */
function agree(upper: readonly RungEntry[], lower: readonly RungEntry[], epsilon: number): boolean {
  const there = new Set(upper.map(({ trial }) => trial));
  const common = lower.filter(({ trial }) => there.has(trial));
  const below = new Map(common.map(({ trial, value }) => [trial, value]));
  const ranked = upper.map(({ trial }) => below.get(trial)).filter((value) => value !== undefined);
  return ranked.every((value, rank) => Math.abs(value - (common[rank]?.value ?? value)) <= epsilon);
}
