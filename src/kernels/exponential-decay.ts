/**
 * Learning curves that decay towards an asymptote which is a Gaussian process over configurations (Swersky et al. 2014;
 * the family with δ: Klein et al. 2020, "Model-based Asynchronous Hyperparameter and Neural Architecture Search").
 *
 *   m(x, ρ)          = μ + κ(ρ) w                                    w = γ − δ μ
 *   k((x, ρ), (x′, ρ′)) = kₓ(x, x′) T + G w²
 *   T = 1 − δ (κ(ρ) + κ(ρ′) − δ κ(ρ + ρ′))                           G = κ(ρ + ρ′) − κ(ρ) κ(ρ′)
 *
 *   x   d coordinates of a configuration      ρ  encoded resource, the coordinate after them
 *   κ   power-decay.ts with α, λ              γ  height of the curves' start above the asymptote
 *   kₓ  any kernel over x                     δ  0: curves add to the asymptote; 1: all start at γ; or free in [0, 1]
 *
 * With δ = 0 and the second term between points of one configuration only, curves are independent given their
 * asymptotes: the Freeze-Thaw model.
 *
 * Points share few levels of ρ, so κ(ρ + ρ′) is computed per level, not per pair.
 */
import { at, type Matrix, row } from '../linalg/matrix.ts';
import { DecayRows } from './exponential-decay-rows.ts';
import { constantMean, positive, share } from './hyperparameters.ts';
import {
  type Additive,
  type Covariance,
  type CovarianceFunction,
  type Kernel,
  type Layout,
  layout,
  type Prior,
} from './kernel.ts';
import { type Decay, decay } from './power-decay.ts';

export interface DecayOptions {
  /** kₓ, and how many coordinates it is over. */
  readonly over: CovarianceFunction;
  readonly dimension: number;
  /** δ: 0, 1, or to be fitted. */
  readonly delta: 0 | 1 | 'Free';
  /** Whether curves of different configurations are independent given their asymptotes. */
  readonly independentCurves?: boolean;
}

/** Hyperparameters in order: α, λ, γ, δ where it is free, those of kₓ, μ. */
export function exponentialDecay({ over, dimension, delta, independentCurves = false }: DecayOptions): Kernel {
  const curve = [
    positive('alpha', 1, [1e-6, 250]),
    positive('lambda', 0.5, [1e-4, 50]),
    positive('gamma', 0.5, [1e-4, 1]),
  ];
  const own = layout(curve, delta === 'Free' ? [share('delta', 0.5)] : [], over.hyperparameters, [constantMean()]);
  return {
    hyperparameters: own.hyperparameters,
    at(values): Prior {
      const curves = curveOf(own, values, delta);
      const covariance = over.at(own.slice(values, 2));
      const prior = {
        ...meanOf(curves, own, dimension),
        ...covarianceOf({ covariance, curves, own, dimension, independentCurves }),
      };
      const isAdditive = delta === 0 && !independentCurves;
      return isAdditive ? { ...prior, additive: additiveOf(covariance, curves, own) } : prior;
    },
  };
}

/** With δ = 0 and curves in common: h has mean μ and covariance kₓ, b has mean γ κ(ρ) and covariance γ² G. */
function additiveOf(over: Covariance, { gamma, mean, decay }: Curve, own: Layout): Additive {
  return {
    over,
    mean,
    effectMean: (resource) => gamma * decay(resource).value,
    effectCovariance: (one, other) => gamma ** 2 * (decay(one + other).value - decay(one).value * decay(other).value),
    addEffectMeanGradient(resource, weight, gradient) {
      const { value, byLogAlpha, byLogLambda } = decay(resource);
      gradient[0] = at(gradient, 0) + weight * gamma * byLogAlpha;
      gradient[1] = at(gradient, 1) + weight * gamma * byLogLambda;
      gradient[2] = at(gradient, 2) + weight * gamma * value;
    },
    addEffectCovarianceGradient([one, other], weight, gradient) {
      const [a, b, both] = [decay(one), decay(other), decay(one + other)];
      for (const [i, by] of (['byLogAlpha', 'byLogLambda'] as const).entries()) {
        const change = both[by] - a[by] * b.value - a.value * b[by];
        gradient[i] = at(gradient, i) + weight * gamma ** 2 * change;
      }
      gradient[2] = at(gradient, 2) + 2 * weight * gamma ** 2 * (both.value - a.value * b.value);
    },
    addMeanGradient(weight, gradient) {
      const byMean = own.slice(gradient, 3);
      byMean[0] = at(byMean, 0) + weight;
    },
    overPart: (gradient) => own.slice(gradient, 2),
  };
}

/** The hyperparameters of the curves, and what follows from them. */
export interface Curve {
  readonly gamma: number;
  readonly delta: number;
  readonly isDeltaFree: boolean;
  readonly mean: number;
  /** w = γ − δ μ. */
  readonly height: number;
  decay(t: number): Decay;
}

function curveOf(own: Layout, values: Float64Array, fixed: DecayOptions['delta']): Curve {
  const [alpha, lambda, gamma] = [at(values, 0), at(values, 1), at(values, 2)];
  const delta = fixed === 'Free' ? at(own.slice(values, 1), 0) : fixed;
  const mean = at(own.slice(values, 3), 0);
  const isDeltaFree = fixed === 'Free';
  return { gamma, delta, isDeltaFree, mean, height: gamma - delta * mean, decay: (t) => decay(t, alpha, lambda) };
}

function meanOf({ gamma, delta, isDeltaFree, mean, height, decay }: Curve, own: Layout, dimension: number) {
  return {
    mean: (x: Float64Array) => mean + decay(at(x, dimension)).value * height,
    addMeanGradient(x: Float64Array, weight: number, gradient: Float64Array): void {
      const k = decay(at(x, dimension));
      gradient[0] = at(gradient, 0) + weight * k.byLogAlpha * height;
      gradient[1] = at(gradient, 1) + weight * k.byLogLambda * height;
      gradient[2] = at(gradient, 2) + weight * k.value * gamma;
      if (isDeltaFree) gradient[3] = at(gradient, 3) - weight * k.value * mean;
      const byMean = own.slice(gradient, 3);
      byMean[0] = at(byMean, 0) + weight * (1 - delta * k.value);
    },
    addMeanInputGradient(x: Float64Array, weight: number, out: Float64Array): void {
      out[dimension] = at(out, dimension) + weight * decay(at(x, dimension)).slope * height;
    },
  };
}

interface Parts {
  readonly covariance: Covariance;
  readonly curves: Curve;
  readonly own: Layout;
  readonly dimension: number;
  readonly independentCurves: boolean;
}

function covarianceOf({ covariance, curves, own, dimension, independentCurves }: Parts): Covariance {
  const { delta, height, decay } = curves;
  return {
    diagonal(x) {
      const [one, both] = [decay(at(x, dimension)).value, decay(2 * at(x, dimension)).value];
      return covariance.diagonal(x) * (1 - delta * (2 * one - delta * both)) + (both - one ** 2) * height ** 2;
    },
    addDiagonalInputGradient(x, weight, out) {
      const [one, both] = [decay(at(x, dimension)), decay(2 * at(x, dimension))];
      const factor = 1 - delta * (2 * one.value - delta * both.value);
      covariance.addDiagonalInputGradient(x, weight * factor, out);
      const byResource =
        covariance.diagonal(x) * -2 * delta * (one.slope - delta * both.slope) +
        2 * (both.slope - one.value * one.slope) * height ** 2;
      out[dimension] = at(out, dimension) + weight * byResource;
    },
    with(points: Matrix) {
      const resources = Float64Array.from({ length: points.rows }, (_, j) => at(row(points, j), dimension));
      const configs = independentCurves ? points : undefined;
      return new DecayRows({ covariances: covariance.with(points), curves, own, dimension, resources, configs });
    },
  };
}
