/** Likelihoods of one set of observations under a model at varying hyperparameters, in a matrix that is used again. */
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
  let workspace: Matrix | undefined;
  const factorOf = (size: number) => (workspace ??= zeros(size, size));

  function dense(fixed: FixedModel): Likelihood | undefined {
    const factor = factorOf(points.rows);
    const posterior = condition(fixed, points, targets, factor);
    return (
      posterior && {
        value: () => negativeLogLikelihood(posterior),
        gradient: () => likelihoodGradient(posterior, count),
      }
    );
  }

  function additive(fixed: FixedModel): Likelihood | undefined {
    const factor = factorOf(grouping.configs.rows);
    const conditions = additiveConditions(fixed, points, grouping, factor);
    const posterior = conditions && conditionAdditive(conditions, targets);
    return (
      posterior && {
        value: () => additiveLikelihood(posterior),
        gradient: () => additiveGradient(posterior, { model: fixed, points, count }),
      }
    );
  }

  return (fixed) => (fixed.prior.additive ? additive(fixed) : dense(fixed));
}
