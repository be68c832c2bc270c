/** Conditions a model on observations, in the cheapest way its structure allows. */
import { type Matrix, meanRow, row, zeros } from '../linalg/matrix.ts';
import {
  type AdditivePosterior,
  averageColumns,
  type Conditions,
  conditionAdditive,
  factorOf,
  weightsOf,
} from './additive.ts';
import { additivePredictor, extendAdditive, predictAdditive, predictJointlyAdditive } from './additive-prediction.ts';
import { extend, predictJointly } from './extension.ts';
import { type Grouping, groupPoints } from './grouping.ts';
import { pointPredictor } from './input-gradient.ts';
import type { FixedModel } from './model.ts';
import { condition, noiseAt, type Posterior, predict } from './posterior.ts';
import type { Process } from './process.ts';

/**
 * Conditions on targets, F×n, at points, n×D; anything may then be asked at their resources and at those in `alsoAt`.
 * Undefined when the covariance cannot be factored.
 */
export function observe(
  model: FixedModel,
  { points, targets }: { readonly points: Matrix; readonly targets: Matrix },
  alsoAt: Iterable<number>,
): Process | undefined {
  if (model.prior.additive === undefined) {
    const posterior = condition(model, points, targets);
    return posterior && denseProcess(posterior);
  }
  const conditions = additiveConditions(model, points, groupPoints(points, alsoAt));
  const posterior = conditions && conditionAdditive(conditions, targets);
  return posterior && additiveProcess(model, posterior, targets);
}

/** For a model that is additive; the factor is written `into` an m×m matrix. */
export function additiveConditions(
  model: FixedModel,
  points: Matrix,
  grouping: Grouping,
  into?: Matrix,
): Conditions | undefined {
  const prior = model.prior.additive;
  if (prior === undefined) return undefined;
  const precisions = precisionsAt(model, points);
  const weights = weightsOf(grouping, precisions);
  const covariances = prior.over.with(grouping.configs);
  const factor = factorOf(covariances, grouping, weights, into);
  return factor && { prior, grouping, precisions, covariances, factor, weights };
}

/** 1/σ² at each point. */
function precisionsAt(model: FixedModel, points: Matrix): Float64Array {
  return noiseAt(model, points).map((variance) => 1 / variance);
}

export function denseProcess(posterior: Posterior): Process {
  return {
    predict: (points) => predict(posterior, points),
    predictJointly: (points) => predictJointly(posterior, points),
    averaged: () => denseProcess({ ...posterior, residuals: meanRow(posterior.residuals) }),
    predictor: () => pointPredictor(posterior),
    extend(points, targets) {
      const extended = extend(posterior, points, targets);
      return extended && denseProcess(extended);
    },
  };
}

function additiveProcess(model: FixedModel, posterior: AdditivePosterior, known: Matrix): Process {
  return {
    predict: (points) => predictAdditive(posterior, points),
    predictJointly: (points) => predictJointlyAdditive(posterior, points),
    averaged: () => additiveProcess(model, averageColumns(posterior), meanRow(known)),
    predictor: () => additivePredictor(posterior),
    extend(points, added) {
      const targets = appended(known, added);
      const extended = extendAdditive(posterior, { points, precisions: precisionsAt(model, points), targets });
      return extended && additiveProcess(model, extended, targets);
    },
  };
}

/** Rows of `added` after those of `known`, of which the last serves all that have none. */
function appended(known: Matrix, added: Matrix): Matrix {
  const all = zeros(added.rows, known.columns + added.columns);
  for (let f = 0; f < added.rows; f++) {
    row(all, f).set(row(known, Math.min(f, known.rows - 1)));
    row(all, f).set(row(added, f), known.columns);
  }
  return all;
}
