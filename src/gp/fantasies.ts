/**
 * Pending evaluations, imputed: several draws of what they might turn out to be, each with the same posterior variance
 * but a mean of its own (Snoek et al. 2012, "Practical Bayesian Optimization of Machine Learning Algorithms", section
 * 3.3).
 *
 *   C  m×D pending points      ε  F×m standard normal numbers      Y  F×m draws
 *   Y = mean(C) + ε Sᵀ,   S Sᵀ = cov(C, C) + 1e-5 I
 */
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { at, dot, type Matrix, row } from '../linalg/matrix.ts';
import type { Process } from './process.ts';

/** Added to the variance of joint draws, which else may be singular. */
const DRAW_JITTER = 1e-5;

/** Joint draws of f at m points, F×m. `normals`: F×m. The process has one column of targets. */
export function drawJointly(process: Process, points: Matrix, normals: Matrix): Matrix | undefined {
  const { means, covariance } = process.predictJointly(points);
  const factor = factorizeWithJitter({
    size: points.rows,
    fill: (k) => k.data.set(covariance.data),
    noise: new Float64Array(points.rows).fill(DRAW_JITTER),
  });
  return factor && { ...normals, data: normals.data.map((_, k) => drawn(factor.lower, means.data, normals, k)) };
}

/** Entry k of Y. */
function drawn(factor: Matrix, means: Float64Array, normals: Matrix, k: number): number {
  const i = k % normals.columns;
  const epsilon = row(normals, Math.floor(k / normals.columns));
  return at(means, i) + dot(row(factor, i).subarray(0, i + 1), epsilon);
}

/** Draws of f at m points independently of each other, F×m. `normals`: F×m; column f of targets gives row f. */
export function drawIndependently(process: Process, points: Matrix, normals: Matrix): Matrix {
  const { means, variances } = process.predict(points);
  const columns = means.columns;
  const draw = (k: number) => {
    const [f, i] = [Math.floor(k / points.rows), k % points.rows];
    return at(means.data, i * columns + Math.min(f, columns - 1)) + Math.sqrt(at(variances, i)) * at(normals.data, k);
  };
  return { ...normals, data: normals.data.map((_, k) => draw(k)) };
}

/** Draws of pending evaluations: of a single one without the added variance. */
export function drawFantasies(process: Process, pending: Matrix, normals: Matrix): Matrix | undefined {
  return pending.rows === 1 ? drawIndependently(process, pending, normals) : drawJointly(process, pending, normals);
}
