/** A posterior over several points at once, and a posterior that grows by observations. */
import { grow, subtractGram } from '../linalg/growth.ts';
import { at, dot, type Matrix, row, stack, zeros } from '../linalg/matrix.ts';
import { substitute } from '../linalg/triangular.ts';
import { centred, fillLower, noiseAt, type Posterior, predictFrom, solveCovariances } from './posterior.ts';
import type { JointPrediction } from './process.ts';

/** Means at points, and the lower triangle of their covariances. */
export function predictJointly(posterior: Posterior, points: Matrix): JointPrediction {
  const solved = solveCovariances(posterior, points);
  const { means } = predictFrom(posterior, points, solved);
  const covariance = zeros(points.rows, points.rows);
  fillLower(covariance, points, posterior.model.prior.with(points));
  subtractGram(covariance, solved);
  return { means, covariance };
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
