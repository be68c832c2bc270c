/**
 * The negative log marginal likelihood of a Gaussian process and its gradient (Rasmussen and Williams 2006, equations 5.8
 * and 5.9).
 *
 *   nll = |p|²/2 + Σ ln Lᵢᵢ + (n/2) ln 2π
 *   ∂nll = Σᵢⱼ Wᵢⱼ ∂Aᵢⱼ − α·∂m(X),   W = (A⁻¹ − α αᵀ)/2,   α = A⁻¹ (z − m(X))
 *
 * One explicit inverse serves all hyperparameters; each then costs O(n²).
 */

import { logDeterminant } from '../linalg/cholesky.ts';
import { invert } from '../linalg/inverse.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { at, dot, row } from '../linalg/matrix.ts';
import { meanWeights, type Posterior } from './posterior.ts';

/** For a posterior with one column of targets. */
export function negativeLogLikelihood({ factor, residuals }: Posterior): number {
  const n = factor.rows;
  return 0.5 * (dot(residuals.data, residuals.data) + logDeterminant(factor) + n * Math.log(2 * Math.PI));
}

/**
 * By the codes of all hyperparameters, of which there are `count`. The posterior's factor is overwritten: nothing else
 * of it can be used afterwards.
 */
export function likelihoodGradient(posterior: Posterior, count: number): Float64Array {
  const { model, points, covariances, factor } = posterior;
  const { prior } = model;
  const gradient = new Float64Array(count);
  const kernelPart = model.kernelPart(gradient);
  const alpha = meanWeights(posterior).data;
  invert(factor);
  for (let i = 0; i < points.rows; i++) {
    const x = row(points, i);
    const weights = likelihoodWeights(factor, alpha, i);
    covariances.addGradient(x, weights, kernelPart);
    prior.addMeanGradient(x, -at(alpha, i), kernelPart);
    model.addNoiseGradient(x, at(weights, i), gradient);
  }
  return gradient;
}

/** Row i of W up to the diagonal, twice for entries below it: they stand for those above, too. */
function likelihoodWeights(inverse: Matrix, alpha: Float64Array, i: number): Float64Array {
  const weights = row(inverse, i).slice(0, i + 1);
  const own = at(alpha, i);
  for (let j = 0; j <= i; j++) weights[j] = at(weights, j) - own * at(alpha, j);
  weights[i] = 0.5 * at(weights, i);
  return weights;
}
