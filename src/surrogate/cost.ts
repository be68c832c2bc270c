/**
 * What configurations cost relative to each other, from what some have cost: a ridge regression of the logarithm, in
 * which parameters on a logarithmic scale act as powers and choices as factors.
 *
 *   ln s = a + b·x + g ln r + noise,   least Σ noise² + λ(|b|² + g²)
 *
 *   s  seconds trained up to resource r      x  encoded configuration, d coordinates
 *
 * At whatever level two configurations are compared, the quotient of their costs is exp(b·(x − x′)).
 */
import type { Cost } from '../acquisition/per-cost.ts';
import { factorize } from '../linalg/cholesky.ts';
import { at, dot, fromRows, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { solveLower, solveUpper } from '../linalg/triangular.ts';

/** What trials have cost, one each. */
export interface Spent {
  /** n×d: their configurations, encoded. */
  readonly points: Matrix;
  /** n, positive. */
  readonly resources: Float64Array;
  readonly seconds: Float64Array;
}

/** λ: as if one more trial had shown no difference, weakly; a handful of trials outweighs it. */
const RIDGE = 0.1;

/** Costs relative to the mean of the logarithms: the average trial costs 1. Undefined without trials. */
export function costModel({ points, resources, seconds }: Spent): Cost | undefined {
  const { rows: n, columns: d } = points;
  if (n === 0) return undefined;
  const features = Array.from({ length: n }, (_, i) => [...row(points, i), Math.log(at(resources, i))]);
  const centers = meanOf(features);
  const centered = fromRows(features.map((own) => own.map((value, k) => value - (centers[k] ?? 0))));
  const slopes = regress(centered, logs(seconds))?.subarray(0, d);
  if (slopes === undefined) return undefined;
  const center = Float64Array.from(centers.slice(0, d));
  return { slopes, logAt: (x) => dot(slopes, x.subarray(0, d)) - dot(slopes, center) };
}

function logs(values: Float64Array): Float64Array {
  return values.map((value) => Math.log(value));
}

function meanOf(rows: readonly (readonly number[])[]): number[] {
  const sums = new Array<number>(rows[0]?.length ?? 0).fill(0);
  for (const own of rows) for (const [k, value] of own.entries()) sums[k] = (sums[k] ?? 0) + value / rows.length;
  return sums;
}

/** (ΦᵀΦ + λI)⁻¹Φᵀy of centered features Φ, n×m; y need not be centered. */
function regress(features: Matrix, y: Float64Array): Float64Array | undefined {
  const m = features.columns;
  const gram = zeros(m, m);
  const weights = zeros(1, m);
  for (let i = 0; i < features.rows; i++) {
    const own = row(features, i);
    for (let k = 0; k < m; k++) {
      weights.data[k] = at(weights.data, k) + at(own, k) * at(y, i);
      for (let l = 0; l <= k; l++) gram.data[k * m + l] = at(gram.data, k * m + l) + at(own, k) * at(own, l);
    }
  }
  for (let k = 0; k < m; k++) gram.data[k * m + k] = at(gram.data, k * m + k) + RIDGE;
  if (!factorize(gram)) return undefined;
  solveLower(gram, weights);
  solveUpper(gram, weights);
  return weights.data;
}
