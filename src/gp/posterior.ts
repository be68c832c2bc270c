/**
 * The posterior of a Gaussian process given observations (Rasmussen and Williams 2006, algorithm 2.1).
 *
 *   X  n×D points           Z  F×n targets: F columns of fantasies as rows, usually F = 1
 *   A  n×n  K + σ² I         L  Cholesky factor of A         P  F×n  rows solve L p = z − m(X)
 *
 *   mean(x) = m(x) + k(x, X) A⁻¹ (z − m(X)) = m(x) + v·p,   variance(x) = k(x, x) − v·v,   L v = k(X, x)
 *
 * Means and variances are of f, without noise.
 */
import type { Covariances } from '../kernels/kernel.ts';
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { at, dot, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { solveLower, solveUpper } from '../linalg/triangular.ts';
import type { FixedModel } from './model.ts';

export interface Posterior {
  readonly model: FixedModel;
  /** X. */
  readonly points: Matrix;
  readonly covariances: Covariances;
  /** L. */
  readonly factor: Matrix;
  /** P. */
  readonly residuals: Matrix;
}

export interface Prediction {
  /** m×F: of each point, for each column of targets. */
  readonly means: Matrix;
  /** Of each point. */
  readonly variances: Float64Array;
}

/** Variances below this are rounding. */
export const LEAST_VARIANCE = 1e-12;

/**
 * Conditions on targets Z at points X; undefined when the covariance cannot be factored, whatever is added to it. The
 * factor is written `into` an n×n matrix, which then belongs to the posterior.
 */
export function condition(
  model: FixedModel,
  points: Matrix,
  targets: Matrix,
  into = zeros(points.rows, points.rows),
): Posterior | undefined {
  const covariances = model.prior.with(points);
  const fill = (k: Matrix) => fillLower(k, points, covariances);
  const factor = factorizeWithJitter({ size: points.rows, fill, noise: noiseAt(model, points) }, into);
  if (factor === undefined) return undefined;
  const residuals = centred(model, points, targets);
  solveLower(factor.lower, residuals);
  return { model, points, covariances, factor: factor.lower, residuals };
}

/** The lower triangle of K(X, X). */
export function fillLower(k: Matrix, points: Matrix, covariances: Covariances): void {
  for (let i = 0; i < points.rows; i++) covariances.row(row(points, i), row(k, i).subarray(0, i + 1));
}

/** σ² at each point. */
export function noiseAt(model: FixedModel, points: Matrix): Float64Array {
  return Float64Array.from({ length: points.rows }, (_, i) => model.noise(row(points, i)));
}

/** Z − m(X). */
export function centred({ prior }: FixedModel, points: Matrix, targets: Matrix): Matrix {
  const means = Float64Array.from({ length: points.rows }, (_, i) => prior.mean(row(points, i)));
  return { ...targets, data: targets.data.map((target, k) => target - at(means, k % points.rows)) };
}

/** V: row i solves L v = k(X, xᵢ), for the points xᵢ. */
export function solveCovariances({ covariances, factor }: Posterior, points: Matrix): Matrix {
  const solved = zeros(points.rows, factor.rows);
  for (let i = 0; i < points.rows; i++) covariances.row(row(points, i), row(solved, i));
  solveLower(factor, solved);
  return solved;
}

/** Means and variances at points. */
export function predict(posterior: Posterior, points: Matrix): Prediction {
  return predictFrom(posterior, points, solveCovariances(posterior, points));
}

/** The same from V. */
export function predictFrom({ model, residuals }: Posterior, points: Matrix, solved: Matrix): Prediction {
  const means = zeros(points.rows, residuals.rows);
  const variances = new Float64Array(points.rows);
  for (let i = 0; i < points.rows; i++) {
    const [x, v] = [row(points, i), row(solved, i)];
    const mean = model.prior.mean(x);
    for (let f = 0; f < residuals.rows; f++) means.data[i * residuals.rows + f] = mean + dot(v, row(residuals, f));
    variances[i] = Math.max(model.prior.diagonal(x) - dot(v, v), LEAST_VARIANCE);
  }
  return { means, variances };
}

/** A⁻¹ (z − m(X)) for every column of targets, as rows: what means are sums with. */
export function meanWeights({ factor, residuals }: Posterior): Matrix {
  const weights = { ...residuals, data: residuals.data.slice() };
  solveUpper(factor, weights);
  return weights;
}
