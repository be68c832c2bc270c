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
import { addScaled, at, dot, fromRows, type Matrix, row, zeros } from '../linalg/matrix.ts';
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

/** What the curves say of their asymptotes. */
export interface AsymptoteEvidence {
  /** S, n numbers. */
  readonly precisions: Float64Array;
  /** v·w/σ², F×n: F columns of fantasies as rows, usually F = 1. */
  readonly totals: Matrix;
  /** c and d, n numbers each; 0 when left out. */
  readonly shifts?: Float64Array;
  readonly spreads?: Float64Array;
}

export interface AsymptotePosterior {
  readonly prior: Prior;
  readonly covariances: Covariances;
  /** L and s. */
  readonly factor: Matrix;
  readonly scales: Float64Array;
  /** p, F×n. */
  readonly weights: Matrix;
}

export interface CurvePosterior extends AsymptotePosterior {
  /** ρ, which the gradient needs, too. */
  readonly rho: Float64Array;
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
  const evidence: AsymptoteEvidence = {
    precisions: Float64Array.from(curves, ({ vv }) => vv / noise),
    totals: fromRows([Float64Array.from(curves, ({ vw }) => vw / noise)]),
    shifts: Float64Array.from(curves, ({ shift }) => shift),
    spreads: Float64Array.from(curves, ({ spread }) => spread),
  };
  const solution = solveAsymptotes(prior, points, evidence);
  if (solution === undefined) return undefined;
  const { posterior, means, steps } = solution;
  const [step] = steps;
  if (step === undefined) return undefined;
  const { rho, r3, r4 } = step;
  const fitted =
    dot(r4, r4) -
    dot(rho, r3) -
    means.reduce((sum, m, i) => sum + m * (at(evidence.precisions, i) * m + 2 * at(rho, i)), 0);
  const negativeLogLikelihood = constantPart(curves, noise) + 0.5 * (logDeterminant(posterior.factor) + fitted);
  return { ...posterior, rho, negativeLogLikelihood };
}

/** The posterior of the asymptotes, whose observations are all in a few sums. Undefined as above. */
export function conditionAsymptotes(
  prior: Prior,
  points: Matrix,
  evidence: AsymptoteEvidence,
): AsymptotePosterior | undefined {
  return solveAsymptotes(prior, points, evidence)?.posterior;
}

/** Of one column. */
interface Step {
  readonly rho: Float64Array;
  readonly r3: Float64Array;
  readonly r4: Float64Array;
}

interface Solution {
  readonly posterior: AsymptotePosterior;
  /** μ − c. */
  readonly means: Float64Array;
  readonly steps: readonly Step[];
}

function solveAsymptotes(prior: Prior, points: Matrix, evidence: AsymptoteEvidence): Solution | undefined {
  const n = points.rows;
  const { precisions, totals, shifts = new Float64Array(n), spreads = new Float64Array(n) } = evidence;
  const covariances = prior.with(points);
  const k = zeros(n, n);
  for (let i = 0; i < n; i++) covariances.row(row(points, i), row(k, i));
  const scales = precisions.map((precision) => Math.sqrt(precision + LEAST_SQUARE));
  const factor = factorizeWithJitter({
    size: n,
    fill: (a) => fillScaled(a, k, scales),
    noise: spreads.map((spread, i) => 1 + at(precisions, i) * spread),
  });
  if (factor === undefined) return undefined;
  const means = shifts.map((shift, i) => prior.mean(row(points, i)) - shift);
  const weights = zeros(totals.rows, n);
  const steps = Array.from({ length: totals.rows }, (_, f) => {
    const rho = row(totals, f).map((total, i) => total - at(precisions, i) * at(means, i));
    const r3 = rho.map((own, i) => dot(row(k, i), rho) + at(spreads, i) * own);
    const r4 = r3.map((own, i) => own * at(scales, i));
    const system = { rows: 1, columns: n, data: r4 };
    solveLower(factor.lower, system);
    const back = { ...system, data: r4.slice() };
    solveUpper(factor.lower, back);
    for (let i = 0; i < n; i++) weights.data[f * n + i] = at(rho, i) - at(scales, i) * at(back.data, i);
    return { rho, r3, r4 };
  });
  return { posterior: { prior, covariances, factor: factor.lower, scales, weights }, means, steps };
}

/** The lower triangle of s K s. */
function fillScaled(a: Matrix, k: Matrix, scales: Float64Array): void {
  for (let i = 0; i < k.rows; i++) {
    for (let j = 0; j <= i; j++) a.data[i * k.rows + j] = at(scales, i) * at(scales, j) * at(k.data, i * k.rows + j);
  }
}

/** What depends on single curves only. */
function constantPart(curves: readonly CurveSums[], noise: number): number {
  let sum = 0;
  for (const { length, ww, logFactor } of curves) {
    sum += logFactor + 0.5 * (length * Math.log(2 * Math.PI * noise) + ww / noise);
  }
  return sum;
}

/** V: row i solves L v = s k(X, xᵢ), for the points xᵢ. */
export function solveAsymptoteCovariances(posterior: AsymptotePosterior, points: Matrix): Matrix {
  const { covariances, factor, scales } = posterior;
  const solved = zeros(points.rows, factor.rows);
  for (let i = 0; i < points.rows; i++) {
    const k = row(solved, i);
    covariances.row(row(points, i), k);
    for (let j = 0; j < k.length; j++) k[j] = at(k, j) * at(scales, j);
  }
  solveLower(factor, solved);
  return solved;
}

/** Means (of each column) and variances of the asymptote h at configurations. */
export function predictAsymptotes(
  posterior: AsymptotePosterior,
  points: Matrix,
  solved = solveAsymptoteCovariances(posterior, points),
): Prediction {
  const { prior, covariances, factor, weights } = posterior;
  const k = new Float64Array(factor.rows);
  const means = zeros(points.rows, weights.rows);
  for (let i = 0; i < points.rows; i++) {
    covariances.row(row(points, i), k);
    const mean = prior.mean(row(points, i));
    for (let f = 0; f < weights.rows; f++) means.data[i * weights.rows + f] = mean + dot(k, row(weights, f));
  }
  const variances = Float64Array.from({ length: points.rows }, (_, i) => {
    const v = row(solved, i);
    return Math.max(prior.diagonal(row(points, i)) - dot(v, v), LEAST_VARIANCE);
  });
  return { means, variances };
}

/** The asymptote at one point, and the gradient of a function of its means and variance. */
export interface AsymptoteAt {
  readonly means: Float64Array;
  readonly variance: number;
  /** Adds the gradient of a function with these derivatives by the means and the variance to `out`. */
  addGradient(byMeans: Float64Array, byVariance: number, out: Float64Array): void;
}

export function asymptoteAt(posterior: AsymptotePosterior, x: Float64Array): AsymptoteAt {
  const { prior, covariances, factor, scales, weights } = posterior;
  const point = fromRows([x]);
  const solved = solveAsymptoteCovariances(posterior, point);
  const { means, variances } = predictAsymptotes(posterior, point, solved);
  return {
    means: means.data,
    variance: at(variances, 0),
    addGradient(byMeans, byVariance, out) {
      const back = { ...solved, data: solved.data.slice() };
      solveUpper(factor, back);
      const all = back.data.map((own, i) => -2 * byVariance * own * at(scales, i));
      for (let f = 0; f < weights.rows; f++) addScaled(all, at(byMeans, f), row(weights, f));
      covariances.addInputGradient(x, all, out);
      const byMean = byMeans.reduce((sum, by) => sum + by, 0);
      prior.addMeanInputGradient(x, byMean, out);
      prior.addDiagonalInputGradient(x, byVariance, out);
    },
  };
}
