/**
 * Fits the hyperparameters of a Gaussian process: the minimum of the negative log marginal likelihood plus the penalties
 * of the hyperpriors, over their codes, from several starts.
 */
import { addPenaltyGradient, decodeValues, encodeValue, initialCodes, penalty } from '../kernels/hyperparameters.ts';
import type { Matrix } from '../linalg/matrix.ts';
import { type Box, type Minimum, minimize } from '../optimize/lbfgsb.ts';
import type { Objective } from '../optimize/line-search.ts';
import type { Rng } from '../rng.ts';
import { likelihoods } from './likelihoods.ts';
import type { Model } from './model.ts';

export interface FitOptions {
  /** The first start is `from`, others are drawn around it. */
  readonly starts: number;
  /** Of each start. */
  readonly maxIterations: number;
  /** Codes; the hyperparameters' initial values when left out. */
  readonly from?: Float64Array;
}

export interface Fit {
  readonly values: Float64Array;
  readonly codes: Float64Array;
  readonly objective: number;
}

const TOLERANCE = 1e-6;

/** Fits to targets (one row) at points (a row each). Undefined when the likelihood cannot be computed at any start. */
export function fitModel(model: Model, data: Data, options: FitOptions, rng: Rng): Fit | undefined {
  const objective = fitObjective(model, data);
  const box = codeBox(model);
  const first = options.from ?? initialCodes(model.hyperparameters);
  let best: Minimum | undefined;
  for (let start = 0; start < options.starts; start++) {
    const codes = start === 0 ? first : first.map((code, i) => code + start * shiftOf(model, i) + rng.normal());
    const { maxIterations } = options;
    const found = minimize(objective, codes, box, {
      maxIterations,
      gradientTolerance: TOLERANCE,
      valueTolerance: TOLERANCE,
    });
    if (found !== undefined && !(best !== undefined && best.value <= found.value)) best = found;
  }
  return best && { values: decodeValues(model.hyperparameters, best.x), codes: best.x, objective: best.value };
}

function shiftOf({ hyperparameters }: Model, i: number): number {
  return hyperparameters[i]?.shift ?? 0;
}

export interface Data {
  readonly points: Matrix;
  readonly targets: Matrix;
}

/** The fit's objective by codes. Every evaluation uses the same square matrix. */
export function fitObjective(model: Model, { points, targets }: Data): Objective {
  const { hyperparameters } = model;
  const likelihoodAt = likelihoods(model, points, targets);
  /** The codes of the likelihood computed last. */
  let holder: Float64Array | undefined;
  return (codes) => {
    const values = decodeValues(hyperparameters, codes);
    const likelihood = likelihoodAt(model.at(values));
    if (likelihood === undefined) return undefined;
    holder = codes;
    const value = likelihood.value() + penalty(hyperparameters, values);
    if (!Number.isFinite(value)) return undefined;
    const computed = (): Float64Array => {
      const own = holder === codes ? likelihood : (likelihoodAt(model.at(values)) ?? likelihood);
      holder = undefined;
      const gradient = own.gradient();
      addPenaltyGradient(hyperparameters, values, gradient);
      return gradient;
    };
    let gradient: Float64Array | undefined;
    return { value, gradient: () => (gradient ??= computed()) };
  };
}

function codeBox({ hyperparameters }: Model): Box {
  return {
    lower: Float64Array.from(hyperparameters, (own) => encodeValue(own, own.min)),
    upper: Float64Array.from(hyperparameters, (own) => encodeValue(own, own.max)),
  };
}
