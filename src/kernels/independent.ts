/**
 * One Gaussian process per resource level, with the bandwidths in common and nothing else.
 *
 *   k((x, ρ), (x′, ρ′)) = c_l k₁(x, x′) where both are at level l, 0 between levels      m(x, ρ) = μ_l
 *
 *   x   d coordinates of a configuration      ρ  encoded resource, the coordinate after them
 *   k₁  kernel of variance 1                  c_l, μ_l  variance and mean at level l
 *
 * A resource that is none of the levels belongs to the nearest one.
 */
import { at, type Matrix, row } from '../linalg/matrix.ts';
import { encodeResource } from '../space/space.ts';
import { constantMean, covarianceScale } from './hyperparameters.ts';
import {
  type Covariance,
  type CovarianceFunction,
  type Covariances,
  type Kernel,
  type Layout,
  layout,
} from './kernel.ts';

export interface IndependentOptions {
  readonly over: CovarianceFunction;
  readonly dimension: number;
  readonly maxResource: number;
  /** Resources with a process of their own, at least one. */
  readonly levels: readonly number[];
}

/** Hyperparameters in order: those of k₁, μ of each level, c of each. */
export function independentLevels({ over, dimension, maxResource, levels }: IndependentOptions): Kernel {
  const own = layout(
    over.hyperparameters,
    levels.map((level) => constantMean(`mean${level}`)),
    levels.map((level) => covarianceScale(`covarianceScale${level}`)),
  );
  const place = levelFinder(levels, dimension, maxResource);
  return {
    hyperparameters: own.hyperparameters,
    at(values) {
      const covariance = over.at(own.slice(values, 0));
      const means = own.slice(values, 1);
      const scales = own.slice(values, 2);
      const scale = (x: Float64Array) => at(scales, place(x));
      return {
        diagonal: (x) => scale(x) * covariance.diagonal(x),
        addDiagonalInputGradient: (x, weight, out) => covariance.addDiagonalInputGradient(x, weight * scale(x), out),
        with: (points) => rowsOf({ covariance, scales, own, place }, points),
        mean: (x) => at(means, place(x)),
        addMeanGradient(x, weight, gradient) {
          const byMean = own.slice(gradient, 1);
          byMean[place(x)] = at(byMean, place(x)) + weight;
        },
        addMeanInputGradient: () => {},
      };
    },
  };
}

/** Finds the level of a point. */
export function levelFinder(
  levels: readonly number[],
  dimension: number,
  maxResource: number,
): (x: Float64Array) => number {
  const codes = levels.map((level) => encodeResource(level, maxResource));
  return (x) => {
    const distances = codes.map((code) => Math.abs(code - at(x, dimension)));
    return distances.indexOf(Math.min(...distances));
  };
}

interface Parts {
  readonly covariance: Covariance;
  readonly scales: Float64Array;
  readonly own: Layout;
  place(x: Float64Array): number;
}

function rowsOf({ covariance, scales, own, place }: Parts, points: Matrix): Covariances {
  const covariances = covariance.with(points);
  const places = Uint32Array.from({ length: points.rows }, (_, j) => place(row(points, j)));
  /** The weights of points at the level of x times its scale, those of others 0. */
  const masked = (x: Float64Array, weights: Float64Array) => {
    const [level, scale] = [place(x), at(scales, place(x))];
    return weights.map((weight, j) => (places[j] === level ? weight * scale : 0));
  };
  return {
    row(x, out) {
      covariances.row(x, out);
      out.set(masked(x, out));
    },
    addGradient(x, weights, gradient) {
      const ofLevel = masked(x, weights);
      covariances.addGradient(x, ofLevel, own.slice(gradient, 0));
      const values = new Float64Array(weights.length);
      covariances.row(x, values);
      const byScale = own.slice(gradient, 2);
      byScale[place(x)] = at(byScale, place(x)) + values.reduce((sum, value, j) => sum + value * at(ofLevel, j), 0);
    },
    addInputGradient: (x, weights, out) => covariances.addInputGradient(x, masked(x, weights), out),
  };
}
