/**
 * How far the models of different resource levels are to be trusted (Li et al. 2022, "Hyper-Tune: Towards Efficient
 * Hyper-parameter Tuning at Scale", arXiv 2201.06834): by how well each ranks the configurations at the highest level
 * known.
 *
 *   loss(z) = 2/(n(n−1)) Σ_{i<j} [(z_i < z_j) ≠ (y_i < y_j)]          θ_k = (1/c) Σ_s [loss_k(z_s) is the least of all levels]
 *
 *   y  n values at the highest level      z_s  draws from level k's model of the same n, s = 1 … S      c  so that Σ θ_k = 1
 */
import { at } from '../linalg/matrix.ts';

/** Losses that differ by less differ by rounding only. */
const EQUAL = 1e-12;

/** The share of pairs that are ordered otherwise, in [0, 1]; at least two values. */
export function rankingLoss(drawn: Float64Array, values: Float64Array): number {
  const n = values.length;
  let wrong = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (at(drawn, i) < at(drawn, j) !== at(values, i) < at(values, j)) wrong += 1;
    }
  }
  return wrong / ((n * (n - 1)) / 2);
}

/** θ from S losses of each level; of levels with equal losses each counts. */
export function levelWeights(losses: readonly Float64Array[]): number[] {
  const draws = losses[0]?.length ?? 0;
  const wins = losses.map(() => 0);
  for (let s = 0; s < draws; s++) {
    const least = Math.min(...losses.map((own) => at(own, s)));
    for (const [k, own] of losses.entries()) wins[k] = (wins[k] ?? 0) + (at(own, s) <= least + EQUAL ? 1 : 0);
  }
  const total = wins.reduce((sum, own) => sum + own, 0);
  return wins.map((own) => own / total);
}

/** Levels trusted no more than this are left out of the ensemble. */
const NEGLIGIBLE = 0.01;

/** Whether a level takes part in the ensemble; what the others leave out is not made up for. */
export function isTrusted(weight: number): boolean {
  return weight > NEGLIGIBLE;
}
