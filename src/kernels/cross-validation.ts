/**
 * Averages of a growing number of noisy evaluations, as cross-validation gives them: the resource is the number of folds
 * r, and what r folds add to the asymptote shrinks with it.
 *
 *   k((x, ρ), (x′, ρ′)) = k₁(x, x′) + k₂(x, x′)/max(r, r′),   r = ρ R + 1/2
 *
 *   x   d coordinates of a configuration        ρ  encoded resource, the coordinate after them; R the maximum resource
 *   k₁  kernel of the asymptote, with mean μ    k₂ kernel of a single evaluation's deviation from it
 */
import { at, type Matrix, row } from '../linalg/matrix.ts';
import { constantMean } from './hyperparameters.ts';
import {
  type Covariance,
  type CovarianceFunction,
  type Covariances,
  type Kernel,
  type Layout,
  layout,
  type Prior,
} from './kernel.ts';

export interface CrossValidationOptions {
  readonly main: CovarianceFunction;
  readonly deviation: CovarianceFunction;
  readonly dimension: number;
  readonly maxResource: number;
}

/** Hyperparameters in order: those of k₁, those of k₂, μ. */
export function crossValidation({ main, deviation, dimension, maxResource }: CrossValidationOptions): Kernel {
  const named = deviation.hyperparameters.map((own) => ({ ...own, name: `deviation.${own.name}` }));
  const own = layout(main.hyperparameters, named, [constantMean()]);
  const last = own.hyperparameters.length - 1;
  const folds = (x: Float64Array) => at(x, dimension) * maxResource + 0.5;
  return {
    hyperparameters: own.hyperparameters,
    at(values): Prior {
      const first = main.at(own.slice(values, 0));
      const second = deviation.at(own.slice(values, 1));
      const mean = at(values, last);
      return {
        ...covarianceOf({ first, second, own, dimension, maxResource, folds }),
        mean: () => mean,
        addMeanGradient(_, weight, gradient) {
          gradient[last] = at(gradient, last) + weight;
        },
        addMeanInputGradient: () => {},
      };
    },
  };
}

interface Parts {
  readonly first: Covariance;
  readonly second: Covariance;
  readonly own: Layout;
  readonly dimension: number;
  readonly maxResource: number;
  folds(x: Float64Array): number;
}

function covarianceOf(parts: Parts): Covariance {
  const { first, second, dimension, maxResource, folds } = parts;
  return {
    diagonal: (x) => first.diagonal(x) + second.diagonal(x) / folds(x),
    addDiagonalInputGradient(x, weight, out) {
      first.addDiagonalInputGradient(x, weight, out);
      second.addDiagonalInputGradient(x, weight / folds(x), out);
      out[dimension] = at(out, dimension) - (weight * second.diagonal(x) * maxResource) / folds(x) ** 2;
    },
    with: (points) => rowsOf(parts, points),
  };
}

function rowsOf({ first, second, own, dimension, maxResource, folds }: Parts, points: Matrix): Covariances {
  const asymptotes = first.with(points);
  const deviations = second.with(points);
  const foldsOf = Float64Array.from({ length: points.rows }, (_, j) => folds(row(points, j)));
  const scaled = (x: Float64Array, weights: Float64Array) =>
    weights.map((weight, j) => weight / Math.max(folds(x), at(foldsOf, j)));
  return {
    row(x, out) {
      asymptotes.row(x, out);
      const deviation = new Float64Array(out.length);
      deviations.row(x, deviation);
      for (let j = 0; j < out.length; j++) {
        out[j] = at(out, j) + at(deviation, j) / Math.max(folds(x), at(foldsOf, j));
      }
    },
    addGradient(x, weights, gradient) {
      asymptotes.addGradient(x, weights, own.slice(gradient, 0));
      deviations.addGradient(x, scaled(x, weights), own.slice(gradient, 1));
    },
    addInputGradient(x, weights, out) {
      asymptotes.addInputGradient(x, weights, out);
      const shares = scaled(x, weights);
      deviations.addInputGradient(x, shares, out);
      const deviation = new Float64Array(weights.length);
      deviations.row(x, deviation);
      let byResource = 0;
      for (let j = 0; j < weights.length; j++) {
        // Where both have as many folds, half of the derivative: the mean of the two sides'.
        const byFolds = folds(x) > at(foldsOf, j) ? 1 : folds(x) === at(foldsOf, j) ? 0.5 : 0;
        byResource -= (at(shares, j) * at(deviation, j) * byFolds) / Math.max(folds(x), at(foldsOf, j));
      }
      out[dimension] = at(out, dimension) + byResource * maxResource;
    },
  };
}
