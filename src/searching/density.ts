/**
 * Kernel density estimates over features of mixed types, as in tree-structured Parzen estimators (Falkner et al. 2018,
 * "BOHB: Robust and Efficient Hyperparameter Optimization at Scale", section 3.2; kernels: Li and Racine 2007,
 * "Nonparametric Econometrics", chapter 4).
 *
 *   X  n×d features of data          h  d bandwidths
 *   p(x) = (1/n) Σᵢ Πₖ K(xₖ, Xᵢₖ; hₖ),   h = 1.06 σ n^(−1/(4+d))
 *
 *   Continuous  exp(−((x − X)/h)²/2)/(h √(2π))
 *   Unordered   1 − h where x = X, else h/(c − 1), with c > 1 different values in the data
 *   Ordered     1 − h where x = X, else (1 − h) h^|x − X|/2
 */
import { at, type Matrix, row } from '../linalg/matrix.ts';

export type FeatureType = 'Continuous' | 'Ordered' | 'Unordered';

export interface Density {
  readonly types: readonly FeatureType[];
  readonly data: Matrix;
  readonly bandwidths: Float64Array;
  /** How many different values each feature has in the data. */
  readonly counts: readonly number[];
}

/** The estimate from at least one datum; bandwidths are at least `least`. */
export function density(types: readonly FeatureType[], data: Matrix, least: number): Density {
  const columns = types.map((_, k) => Float64Array.from({ length: data.rows }, (_, i) => at(row(data, i), k)));
  const factor = 1.06 * data.rows ** (-1 / (4 + data.columns));
  return {
    types,
    data,
    bandwidths: Float64Array.from(columns, (column) => Math.max(least, factor * deviation(column))),
    counts: columns.map((column) => new Set(column).size),
  };
}

/** Of a population. */
function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** p(x). */
export function probability({ types, data, bandwidths, counts }: Density, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.rows; i++) {
    const datum = row(data, i);
    let product = 1;
    for (const [k, type] of types.entries()) {
      product *= KERNELS[type](Math.abs(at(x, k) - at(datum, k)), at(bandwidths, k), counts[k] ?? 1);
    }
    sum += product;
  }
  return sum / data.rows;
}

/** By the distance of two values, the bandwidth and the number of different values. */
const KERNELS: Readonly<Record<FeatureType, (distance: number, h: number, count: number) => number>> = {
  Continuous: (distance, h) => Math.exp(-0.5 * (distance / h) ** 2) / (h * Math.sqrt(2 * Math.PI)),
  Unordered: (distance, h, count) => (distance === 0 ? 1 - h : h / Math.max(1, count - 1)),
  Ordered: (distance, h) => (distance === 0 ? 1 - h : 0.5 * (1 - h) * h ** distance),
};

const LEAST_PROBABILITY = 1e-32;

/** p_bad(x)/p_good(x): the less, the better. Finite and positive. */
export function badness(good: Density, bad: Density, x: Float64Array): number {
  return Math.max(LEAST_PROBABILITY, probability(bad, x)) / Math.max(LEAST_PROBABILITY, probability(good, x));
}

/**
 * How many of n observations count as good: at least `least`. Undefined unless there are more good ones and more bad ones
 * than dimensions.
 */
export function goodCount(
  n: number,
  { percent, least, dimension }: { percent: number; least: number; dimension: number },
): number | undefined {
  const good = Math.max(least, Math.floor((percent * n) / 100));
  return good > dimension && n - good > dimension ? good : undefined;
}
