/**
 * What a kernel is. A kernel file holds one function that makes a `Kernel`; one line in registry.ts makes it known.
 *
 *   x       a point: the coordinates of a configuration, and in a joint kernel the encoded resource ρ as the last one
 *   X       n×D, a point per row                  k(x, X)  n numbers, one row of a covariance matrix
 *   values  of the hyperparameters, in order       codes    what derivatives are by (hyperparameters.ts)
 *
 * Everything is done by rows of the covariance matrix: nothing of the size n×n is needed beside the matrix itself.
 * Derivatives are given as sums with weights, since that is how the likelihood and the acquisition use them.
 */
import type { Matrix } from '../linalg/matrix.ts';
import type { Hyperparameter } from './hyperparameters.ts';

/** A covariance function, its hyperparameters open. */
export interface CovarianceFunction {
  readonly hyperparameters: readonly Hyperparameter[];
  at(values: Float64Array): Covariance;
}

/** A covariance function k(x, x′) with its hyperparameters fixed. */
export interface Covariance {
  /** k(x, x), exactly. */
  diagonal(x: Float64Array): number;
  /** Adds weight · ∂k(x, x)/∂x to `out`. */
  addDiagonalInputGradient(x: Float64Array, weight: number, out: Float64Array): void;
  /** Prepares covariances with the rows of X. */
  with(points: Matrix): Covariances;
}

/** Covariances k(x, Xⱼ) of any x with given points. */
export interface Covariances {
  /** out[j] = k(x, Xⱼ) for all j below the length of `out`, which is at most n. */
  row(x: Float64Array, out: Float64Array): void;
  /** Adds Σⱼ weights[j] ∂k(x, Xⱼ)/∂code to `gradient`, over all j below the number of weights. */
  addGradient(x: Float64Array, weights: Float64Array, gradient: Float64Array): void;
  /** Adds Σⱼ weights[j] ∂k(x, Xⱼ)/∂x to `out`, over all j below the number of weights. */
  addInputGradient(x: Float64Array, weights: Float64Array, out: Float64Array): void;
}

/** A covariance function and the mean function that goes with it, hyperparameters open. */
export interface Kernel extends CovarianceFunction {
  at(values: Float64Array): Prior;
}

/** A Gaussian process before any data: covariance k(x, x′) and mean m(x). */
export interface Prior extends Covariance {
  /** Where it is a function of the configuration plus one of the resource: the same, in these parts. */
  readonly additive?: Additive;
  mean(x: Float64Array): number;
  /** Adds weight · ∂m(x)/∂code to `gradient`. */
  addMeanGradient(x: Float64Array, weight: number, gradient: Float64Array): void;
  /** Adds weight · ∂m(x)/∂x to `out`. */
  addMeanInputGradient(x: Float64Array, weight: number, out: Float64Array): void;
}

/**
 * A prior that is the sum of two independent functions: f(x, ρ) = h(x) + b(ρ). Its covariances need not be looked at
 * observation by observation: few configurations and few levels stand for all (gp/additive.ts).
 */
export interface Additive {
  /** Covariance and constant mean of h. */
  readonly over: Covariance;
  readonly mean: number;
  /** E b(ρ). */
  effectMean(resource: number): number;
  /** cov(b(ρ), b(ρ′)). */
  effectCovariance(one: number, other: number): number;
  /** Adds weight · ∂ E b(ρ)/∂code to `gradient`. */
  addEffectMeanGradient(resource: number, weight: number, gradient: Float64Array): void;
  /** Adds weight · ∂ cov(b(ρ), b(ρ′))/∂code to `gradient`. */
  addEffectCovarianceGradient(pair: readonly [number, number], weight: number, gradient: Float64Array): void;
  /** Adds weight · ∂(mean of h)/∂code to `gradient`. */
  addMeanGradient(weight: number, gradient: Float64Array): void;
  /** The part of a gradient that belongs to the covariance of h. */
  overPart(gradient: Float64Array): Float64Array;
}

/** Concatenated hyperparameters of parts; `slice(v, i)` is what belongs to part i of a vector of values or derivatives. */
export interface Layout {
  readonly hyperparameters: readonly Hyperparameter[];
  slice(vector: Float64Array, part: number): Float64Array;
}

export function layout(...parts: readonly (readonly Hyperparameter[])[]): Layout {
  const ends: number[] = [];
  for (const part of parts) ends.push((ends.at(-1) ?? 0) + part.length);
  return {
    hyperparameters: parts.flat(),
    slice: (vector, part) => vector.subarray(part === 0 ? 0 : ends[part - 1], ends[part]),
  };
}
