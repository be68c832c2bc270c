/**
 * Pending evaluations, imputed: several draws of what they might turn out to be, each with the same posterior variance
 * but a mean of its own (Snoek et al. 2012, "Practical Bayesian Optimization of Machine Learning Algorithms", section
 * 3.3).
 *
 *   C  m×D pending points      ε  F×m standard normal numbers      Y  F×m draws
 *   Y = mean(C) + ε Sᵀ,   S Sᵀ = cov(C, C) + 1e-5 I
 */
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { grow, subtractGram } from '../linalg/growth.ts';
import { at, dot, type Matrix, row, stack, zeros } from '../linalg/matrix.ts';
import { substitute } from '../linalg/triangular.ts';
import { centred, fillLower, noiseAt, type Posterior, predictFrom, solveCovariances } from './posterior.ts';

/** Added to the variance of joint draws, which else may be singular. */
const DRAW_JITTER = 1e-5;

/** Joint draws of f at m points, F×m. `normals`: F×m. The posterior has one column of targets. */
export function drawJointly(posterior: Posterior, points: Matrix, normals: Matrix): Matrix | undefined {
  const solved = solveCovariances(posterior, points);
  const { means } = predictFrom(posterior, points, solved);
  const factor = factorizeWithJitter({
    size: points.rows,
    fill: (k) => k.data.set(posteriorCovariance(posterior, points, solved).data),
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
export function drawIndependently(posterior: Posterior, points: Matrix, normals: Matrix): Matrix {
  const { means, variances } = predictFrom(posterior, points, solveCovariances(posterior, points));
  const columns = means.columns;
  const draw = (k: number) => {
    const [f, i] = [Math.floor(k / points.rows), k % points.rows];
    return at(means.data, i * columns + Math.min(f, columns - 1)) + Math.sqrt(at(variances, i)) * at(normals.data, k);
  };
  return { ...normals, data: normals.data.map((_, k) => draw(k)) };
}

/** Draws of pending evaluations: of a single one without the added variance. */
export function drawFantasies(posterior: Posterior, pending: Matrix, normals: Matrix): Matrix | undefined {
  return pending.rows === 1 ? drawIndependently(posterior, pending, normals) : drawJointly(posterior, pending, normals);
}

/** The lower triangle of the posterior covariance of f at points, from V. */
function posteriorCovariance({ model }: Posterior, points: Matrix, solved: Matrix): Matrix {
  const covariance = zeros(points.rows, points.rows);
  fillLower(covariance, points, model.prior.with(points));
  subtractGram(covariance, solved);
  return covariance;
}

/**
 * The posterior given further targets, F×m, at m points; one column of targets so far stands for all F. Grows the factor
 * by m rows. Undefined when that is numerically impossible.
 */
export function extend(posterior: Posterior, points: Matrix, targets: Matrix): Posterior | undefined {
  const { model } = posterior;
  const solved = solveCovariances(posterior, points);
  const corner = zeros(points.rows, points.rows);
  fillLower(corner, points, model.prior.with(points));
  for (let i = 0; i < points.rows; i++) row(corner, i)[i] = model.prior.diagonal(row(points, i));
  const factor = grow(posterior.factor, { solved, corner, noise: noiseAt(model, points) });
  if (factor === undefined) return undefined;
  const all = stack(posterior.points, points);
  const residuals = extendResiduals(posterior.residuals, centred(model, points, targets), factor);
  return { model, points: all, covariances: model.prior.with(all), factor, residuals };
}

/** P with the solutions for the new points appended to every row. */
function extendResiduals(known: Matrix, added: Matrix, factor: Matrix): Matrix {
  const residuals = zeros(added.rows, factor.rows);
  for (let f = 0; f < added.rows; f++) {
    const whole = row(residuals, f);
    whole.set(row(known, Math.min(f, known.rows - 1)));
    whole.set(row(added, f), known.columns);
    for (let i = known.columns; i < factor.rows; i++) {
      whole[i] = at(whole, i) - dot(row(factor, i).subarray(0, known.columns), whole);
    }
    substitute(factor, whole, 0, [known.columns, factor.rows]);
  }
  return residuals;
}
