/** Fits the hyperparameters of the model of learning curves: the maximum of its posterior density, from several starts. */
import { addPenaltyGradient, decodeValues, encodeValue, initialCodes, penalty } from '../kernels/hyperparameters.ts';
import { type Minimum, minimize } from '../optimize/lbfgsb.ts';
import type { Objective } from '../optimize/line-search.ts';
import type { Rng } from '../rng.ts';
import { curveLikelihoodGradient } from './curve-likelihood.ts';
import { type CurveData, type CurveModel, conditionCurves } from './curve-model.ts';

export interface CurveFitOptions {
  readonly starts: number;
  /** Of each start. */
  readonly maxIterations: number;
}

const TOLERANCE = 1e-5;

/** Values of the hyperparameters; undefined when the likelihood cannot be computed at any start. */
export function fitCurves(
  model: CurveModel,
  data: CurveData,
  { starts, maxIterations }: CurveFitOptions,
  rng: Rng,
): Float64Array | undefined {
  const { hyperparameters } = model;
  const objective = curveFitObjective(model, data);
  const box = {
    lower: Float64Array.from(hyperparameters, (own) => encodeValue(own, own.min)),
    upper: Float64Array.from(hyperparameters, (own) => encodeValue(own, own.max)),
  };
  const options = { maxIterations, gradientTolerance: TOLERANCE, valueTolerance: TOLERANCE };
  const initial = initialCodes(hyperparameters);
  let best: Minimum | undefined;
  for (let start = 0; start < starts; start++) {
    const codes = start === 0 ? initial : initial.map((code) => code + rng.normal());
    const found = minimize(objective, codes, box, options);
    if (found !== undefined && !(best !== undefined && best.value <= found.value)) best = found;
  }
  return best && decodeValues(hyperparameters, best.x);
}

/** The fit's objective by codes. */
export function curveFitObjective(model: CurveModel, data: CurveData): Objective {
  const { hyperparameters } = model;
  return (codes) => {
    const values = decodeValues(hyperparameters, codes);
    const conditioned = conditionCurves(model.at(values), data);
    if (conditioned === undefined) return undefined;
    const value = conditioned.asymptotes.negativeLogLikelihood + penalty(hyperparameters, values);
    if (!Number.isFinite(value)) return undefined;
    let gradient: Float64Array | undefined;
    const computed = () => {
      const own = curveLikelihoodGradient(conditioned, hyperparameters.length);
      addPenaltyGradient(hyperparameters, values, own);
      return own;
    };
    return { value, gradient: () => (gradient ??= computed()) };
  };
}
