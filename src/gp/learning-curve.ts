/**
 * Additive models of whole learning curves: f(x, r) = h(x) + g_x(r), where the asymptotes h are a Gaussian process over
 * configurations and the g_x are independent of each other. Each curve enters only through a few sums, so that the cost
 * is cubic in the number of configurations, not of observations (Swersky et al. 2014, "Freeze-Thaw Bayesian
 * Optimization").
 *
 *   n  configurations            K  n×n  covariance of h at them        μ  mean of h         σ²  noise variance
 *   Per curve i, whitened so that its noise and deviation have covariance σ² I (decay-curves.ts, innovation-curves.ts):
 *   v, w   what the asymptote is multiplied by, and the observations       c, d  mean and variance of what is not observed
 *   S = |v|²/σ²      ρ = v·w/σ² − S (μ − c)      s = √(S + 1e-9)
 *   L  Cholesky factor of diag(1 + S d) + s K s     r₃ = K ρ + d ρ     r₄ = L⁻¹ (s r₃)     p = ρ − s (L⁻ᵀ r₄)
 *
 *   mean of h(x) = μ + k(x, X)·p,   variance of h(x) = k(x, x) − |L⁻¹ (s k(X, x))|²
 */
import type { Covariances, Prior } from '../kernels/kernel.ts';
import { factorizeWithJitter, logDeterminant } from '../linalg/cholesky.ts';
import { at, dot, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { solveLower, solveUpper } from '../linalg/triangular.ts';
import { LEAST_VARIANCE, type Prediction } from './posterior.ts';

/** What the model needs of one curve. */
export interface CurveSums {
  /** How many observations it has. */
  readonly length: number;
  /** |v|², v·w and |w|². */
  readonly vv: number;
  readonly vw: number;
  readonly ww: number;
  /** Σ ln of the whitening factor's diagonal. */
  readonly logFactor: number;
  /** c and d. */
  readonly shift: number;
  readonly spread: number;
}

export interface CurvePosterior {
  readonly prior: Prior;
  readonly covariances: Covariances;
  /** L, s and p. */
  readonly factor: Matrix;
  readonly scales: Float64Array;
  readonly weights: Float64Array;
  readonly negativeLogLikelihood: number;
}

/** Keeps s, by which rows are scaled, away from 0. */
const LEAST_SQUARE = 1e-9;

/** Points: n×d configurations, one per curve. Undefined when the covariance cannot be factored. */
export function conditionOnCurves(
  prior: Prior,
  points: Matrix,
  curves: readonly CurveSums[],
  noise: number,
): CurvePosterior | undefined {
  const n = points.rows;
  const covariances = prior.with(points);
  const k = zeros(n, n);
  for (let i = 0; i < n; i++) covariances.row(row(points, i), row(k, i));
  const means = Float64Array.from(curves, ({ shift }, i) => prior.mean(row(points, i)) - shift);
  const precisions = Float64Array.from(curves, ({ vv }) => vv / noise);
  const scales = precisions.map((precision) => Math.sqrt(precision + LEAST_SQUARE));
  const factor = factorizeWithJitter({
    size: n,
    fill: (a) => a.data.set(k.data.map((value, e) => value * at(scales, Math.floor(e / n)) * at(scales, e % n))),
    noise: Float64Array.from(curves, ({ spread }, i) => 1 + at(precisions, i) * spread),
  });
  if (factor === undefined) return undefined;
  const rho = Float64Array.from(curves, ({ vw }, i) => vw / noise - at(precisions, i) * at(means, i));
  const r3 = Float64Array.from(curves, ({ spread }, i) => dot(row(k, i), rho) + spread * at(rho, i));
  const r4: Matrix = { rows: 1, columns: n, data: r3.map((value, i) => value * at(scales, i)) };
  solveLower(factor.lower, r4);
  const fitted =
    dot(r4.data, r4.data) -
    dot(rho, r3) -
    means.reduce((sum, m, i) => sum + m * (at(precisions, i) * m + 2 * at(rho, i)), 0);
  const negativeLogLikelihood = constantPart(curves, noise) + 0.5 * (logDeterminant(factor.lower) + fitted);
  solveUpper(factor.lower, r4);
  const weights = rho.map((value, i) => value - at(scales, i) * at(r4.data, i));
  return { prior, covariances, factor: factor.lower, scales, weights, negativeLogLikelihood };
}

/** What depends on single curves only. */
function constantPart(curves: readonly CurveSums[], noise: number): number {
  let sum = 0;
  for (const { length, ww, logFactor } of curves) {
    sum += logFactor + 0.5 * (length * Math.log(2 * Math.PI * noise) + ww / noise);
  }
  return sum;
}

/** Mean and variance of the asymptote h at configurations. */
export function predictAsymptotes(posterior: CurvePosterior, points: Matrix): Prediction {
  const { prior, covariances, factor, scales, weights } = posterior;
  const solved = zeros(points.rows, factor.rows);
  const means = zeros(points.rows, 1);
  for (let i = 0; i < points.rows; i++) {
    const k = row(solved, i);
    covariances.row(row(points, i), k);
    means.data[i] = prior.mean(row(points, i)) + dot(k, weights);
    for (let j = 0; j < k.length; j++) k[j] = at(k, j) * at(scales, j);
  }
  solveLower(factor, solved);
  const variances = Float64Array.from({ length: points.rows }, (_, i) => {
    const v = row(solved, i);
    return Math.max(prior.diagonal(row(points, i)) - dot(v, v), LEAST_VARIANCE);
  });
  return { means, variances };
}
