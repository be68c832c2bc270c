import { at } from '../linalg/matrix.ts';
import { constantMean } from './hyperparameters.ts';
import { type CovarianceFunction, type Kernel, layout, type Prior } from './kernel.ts';

/** A covariance function around a constant mean μ, which is the last hyperparameter. */
export function withConstantMean(covariance: CovarianceFunction): Kernel {
  const own = layout(covariance.hyperparameters, [constantMean()]);
  const last = own.hyperparameters.length - 1;
  return {
    hyperparameters: own.hyperparameters,
    at(values): Prior {
      const fixed = covariance.at(own.slice(values, 0));
      const mean = at(values, last);
      return {
        diagonal: (x) => fixed.diagonal(x),
        addDiagonalInputGradient: (x, weight, out) => fixed.addDiagonalInputGradient(x, weight, out),
        with: (points) => fixed.with(points),
        mean: () => mean,
        addMeanGradient(_, weight, gradient) {
          gradient[last] = at(gradient, last) + weight;
        },
        addMeanInputGradient: () => {},
      };
    },
  };
}
