/**
 * A Gaussian process with observation noise, its hyperparameters open.
 *
 *   y = f(x) + ε,   f ~ GP(m, k),   ε ~ N(0, σ²(x))
 */
import type { Hyperparameter } from '../kernels/hyperparameters.ts';
import { noiseVariance } from '../kernels/hyperparameters.ts';
import { levelFinder } from '../kernels/independent.ts';
import { type Kernel, layout, type Prior } from '../kernels/kernel.ts';
import { at } from '../linalg/matrix.ts';

export interface Model {
  /** Those of the noise, then those of the kernel. */
  readonly hyperparameters: readonly Hyperparameter[];
  at(values: Float64Array): FixedModel;
}

/** The model with its hyperparameters fixed. */
export interface FixedModel {
  readonly prior: Prior;
  /** σ²(x). */
  noise(x: Float64Array): number;
  /** Adds to `gradient` the parts that belong to the noise: weight · ∂σ²(x)/∂code. */
  addNoiseGradient(x: Float64Array, weight: number, gradient: Float64Array): void;
  /** The part of a gradient that belongs to the kernel. */
  kernelPart(gradient: Float64Array): Float64Array;
}

export interface Noise {
  readonly hyperparameters: readonly Hyperparameter[];
  /** Which of them is the variance at x. */
  place(x: Float64Array): number;
}

/** The same variance everywhere. */
export const SHARED_NOISE: Noise = { hyperparameters: [noiseVariance()], place: () => 0 };

/** A variance of its own at each resource level; the encoded resource is coordinate `dimension`. */
export function noisePerLevel(levels: readonly number[], dimension: number, maxResource: number): Noise {
  return {
    hyperparameters: levels.map((level) => noiseVariance(`noise${level}`)),
    place: levelFinder(levels, dimension, maxResource),
  };
}

export function modelOf(kernel: Kernel, noise: Noise = SHARED_NOISE): Model {
  const own = layout(noise.hyperparameters, kernel.hyperparameters);
  return {
    hyperparameters: own.hyperparameters,
    at(values) {
      const variances = own.slice(values, 0);
      return {
        prior: kernel.at(own.slice(values, 1)),
        noise: (x) => at(variances, noise.place(x)),
        addNoiseGradient(x, weight, gradient) {
          const i = noise.place(x);
          gradient[i] = at(gradient, i) + weight * at(variances, i);
        },
        kernelPart: (gradient) => own.slice(gradient, 1),
      };
    },
  };
}
