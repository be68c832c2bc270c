/**
 * Means and deviation of a posterior at one point, and derivatives by its coordinates.
 *
 *   mean_f(x) = m(x) + k(x, X)·α_f       α_f = A⁻¹ (z_f − m(X))
 *   variance(x) = k(x, x) − k(x, X)·β     β = A⁻¹ k(X, x)
 *
 * A function of means and deviation has the gradient ∂k(x, X)/∂x · (Σ_f ∂/∂mean_f α_f − ∂/∂deviation · β/deviation) and
 * so on: the kernel is differentiated once, with n weights, whatever the number F of columns. O(n² + n F + n D).
 */
import { addScaled, at, dot, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { solveLower, solveUpper } from '../linalg/triangular.ts';
import { LEAST_VARIANCE, meanWeights, type Posterior } from './posterior.ts';

export interface PointPrediction {
  /** One per column of targets. */
  readonly means: Float64Array;
  readonly deviation: number;
  /** Adds the gradient of a function with these derivatives by the means and the deviation to `out`. */
  addGradient(byMeans: Float64Array, byDeviation: number, out: Float64Array): void;
}

/** Predicts points one by one; what does not depend on the point is computed once. */
export function pointPredictor(posterior: Posterior): (x: Float64Array) => PointPrediction {
  const { model, covariances, factor } = posterior;
  const { prior } = model;
  const alphas = meanWeights(posterior);
  return (x) => {
    const k = new Float64Array(factor.rows);
    covariances.row(x, k);
    const solved: Matrix = { rows: 1, columns: k.length, data: k.slice() };
    solveLower(factor, solved);
    const variance = Math.max(prior.diagonal(x) - dot(solved.data, solved.data), LEAST_VARIANCE);
    const deviation = Math.sqrt(variance);
    const mean = prior.mean(x);
    return {
      means: Float64Array.from({ length: alphas.rows }, (_, f) => mean + dot(k, row(alphas, f))),
      deviation,
      addGradient(byMeans, byDeviation, out) {
        const beta: Matrix = { ...solved, data: solved.data.slice() };
        solveUpper(factor, beta);
        const weights = zeros(1, k.length).data;
        for (let f = 0; f < alphas.rows; f++) addScaled(weights, at(byMeans, f), row(alphas, f));
        addScaled(weights, -byDeviation / deviation, beta.data);
        covariances.addInputGradient(x, weights, out);
        prior.addMeanInputGradient(
          x,
          byMeans.reduce((sum, by) => sum + by, 0),
          out,
        );
        prior.addDiagonalInputGradient(x, (0.5 * byDeviation) / deviation, out);
      },
    };
  };
}
