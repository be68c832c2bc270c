/** Likelihoods of one set of observations under a model at varying hyperparameters, in matrices that are used again. */
import { type Matrix, zeros } from '../linalg/matrix.ts';
import { additiveLikelihood, conditionAdditive } from './additive.ts';
import { additiveGradient } from './additive-gradient.ts';
import { groupPoints } from './grouping.ts';
import { likelihoodGradient, negativeLogLikelihood } from './likelihood.ts';
import type { FixedModel, Model } from './model.ts';
import { additiveConditions } from './observe.ts';
import { condition } from './posterior.ts';

/** Lasts until the next likelihood is computed. */
export interface Likelihood {
  /** Negative, and logarithmic. */
  value(): number;
  /** By the codes of all hyperparameters; can be asked once, as the last thing. */
  gradient(): Float64Array;
}

/** `targets`: one row. Undefined where the covariance cannot be factored. */
export function likelihoods(
  model: Model,
  points: Matrix,
  targets: Matrix,
): (fixed: FixedModel) => Likelihood | undefined {
  const grouping = groupPoints(points);
  const count = model.hyperparameters.length;
  let workspace: { readonly factor: Matrix; readonly scratch: Matrix } | undefined;
  const matrices = (size: number) => (workspace ??= { factor: zeros(size, size), scratch: zeros(size, size) });

  function dense(fixed: FixedModel): Likelihood | undefined {
    const { factor, scratch } = matrices(points.rows);
    const posterior = condition(fixed, points, targets, factor);
    return (
      posterior && {
        value: () => negativeLogLikelihood(posterior),
        gradient: () => likelihoodGradient(posterior, count, scratch),
      }
    );
  }

  function additive(fixed: FixedModel): Likelihood | undefined {
    const { factor, scratch } = matrices(grouping.configs.rows);
    const conditions = additiveConditions(fixed, points, grouping, factor);
    const posterior = conditions && conditionAdditive(conditions, targets);
    return (
      posterior && {
        value: () => additiveLikelihood(posterior),
        gradient: () => additiveGradient(posterior, { model: fixed, points, count }, scratch),
      }
    );
  }

  return (fixed) => (fixed.prior.additive ? additive(fixed) : dense(fixed));
}
