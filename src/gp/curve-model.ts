/**
 * The additive model of learning curves with its hyperparameters open (Swersky et al. 2014, section 3).
 *
 *   y_i(t) = h(x_i) + g_i(t) + ε,   h ~ GP(m, k),   g_i: decay-curves.ts,   ε ~ N(0, σ²)
 */

import { type Hyperparameter, noiseVariance } from '../kernels/hyperparameters.ts';
import { logNormalPrior } from '../kernels/hyperpriors.ts';
import { layout, type Prior } from '../kernels/kernel.ts';
import { configKernel } from '../kernels/registry.ts';
import { at, type Matrix } from '../linalg/matrix.ts';
import {
  type Curve,
  type DecayCurveValues,
  type Ladders,
  sumsOf,
  type Whitening,
  whiten,
  whitenings,
} from './decay-curves.ts';
import { type CurvePosterior, conditionOnCurves } from './learning-curve.ts';

/** Curves of configurations, a row of `points` each. */
export interface CurveData {
  readonly points: Matrix;
  readonly curves: readonly Curve[];
  readonly ladders: Ladders;
}

export interface CurveModel {
  /** Of the noise, of the curves (α, λ, γ, ω²), of the kernel. */
  readonly hyperparameters: readonly Hyperparameter[];
  at(values: Float64Array): FixedCurveModel;
}

export interface FixedCurveModel {
  readonly prior: Prior;
  readonly noise: number;
  readonly decay: DecayCurveValues;
  /** The part of a gradient that belongs to the kernel. */
  kernelPart(gradient: Float64Array): Float64Array;
}

/** The places of the first hyperparameters. */
export const NOISE = 0;
export const ALPHA = 1;
export const LAMBDA = 2;
export const GAMMA = 3;
export const OFFSET = 4;

/** Of normalised values, over times in (0, 1]. Noise below 1e-4 would make the model sure of what it cannot know. */
const CURVES: readonly Hyperparameter[] = [
  { ...noiseVariance(), min: 1e-4 },
  { name: 'alpha', initial: 1, min: 1e-2, max: 250, code: 'Log', prior: logNormalPrior(0, 1) },
  { name: 'lambda', initial: 5, min: 1e-2, max: 200, code: 'Log', prior: logNormalPrior(Math.log(5), 1.5) },
  { name: 'gamma', initial: 0.5, min: 1e-4, max: 10, code: 'Log', prior: logNormalPrior(Math.log(0.5), 1) },
  { name: 'offset', initial: 0.25, min: 1e-4, max: 100, code: 'Log', prior: logNormalPrior(Math.log(0.25), 2) },
];

/** dimension: coordinates of a configuration. */
export function curveModel(dimension: number): CurveModel {
  const kernel = configKernel({ dimension, warped: [] });
  const own = layout(CURVES, kernel.hyperparameters);
  return {
    hyperparameters: own.hyperparameters,
    at: (values) => ({
      prior: kernel.at(own.slice(values, 1)),
      noise: at(values, NOISE),
      decay: {
        alpha: at(values, ALPHA),
        lambda: at(values, LAMBDA),
        gamma: at(values, GAMMA),
        offset: at(values, OFFSET),
      },
      kernelPart: (gradient) => own.slice(gradient, 1),
    }),
  };
}

/** The model given curves. */
export interface ConditionedCurves {
  readonly model: FixedCurveModel;
  readonly data: CurveData;
  readonly whitenings: readonly Whitening[];
  /** Of each curve. */
  readonly whitened: readonly Float64Array[];
  readonly precisions: Float64Array;
  readonly asymptotes: CurvePosterior;
}

/** Undefined when a covariance cannot be factored. */
export function conditionCurves(model: FixedCurveModel, data: CurveData): ConditionedCurves | undefined {
  const { noise, prior } = model;
  const all = whitenings(data.ladders, model.decay, noise);
  if (all === undefined) return undefined;
  const placed = data.curves.map(({ values }, i) => {
    const own = whiteningOf(all, data.ladders, i);
    const w = whiten(own, values, model.decay.gamma);
    return { w, sums: sumsOf(own, w) };
  });
  const sums = placed.map((own) => own.sums);
  const asymptotes = conditionOnCurves(prior, data.points, sums, noise);
  if (asymptotes === undefined) return undefined;
  const precisions = Float64Array.from(sums, ({ vv }) => vv / noise);
  return { model, data, whitenings: all, whitened: placed.map(({ w }) => w), precisions, asymptotes };
}

/** Of curve i. */
export function whiteningOf(all: readonly Whitening[], { of }: Ladders, i: number): Whitening {
  const own = all[of[i] ?? 0];
  if (own === undefined) throw new RangeError(`curve ${i} is on no ladder`);
  return own;
}
