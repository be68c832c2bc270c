/**
 * A kernel over the share s of a training set, for multiplication with one over configurations (Klein et al. 2017,
 * "Fast Bayesian Optimization of Machine Learning Hyperparameters on Large Datasets").
 *
 *   k(s, s′) = (U φ(s))ᵀ (U φ(s′)),   φ(s) = (1, (1 − s)²),   U = [u₁ u₃; 0 u₂],   s in [0, 1]
 */
import { at, type Matrix, row } from '../linalg/matrix.ts';
import { positive } from './hyperparameters.ts';
import type { Covariance, CovarianceFunction } from './kernel.ts';

/** s is coordinate `place` of a point. Hyperparameters in order: u₁, u₂, u₃. */
export function fabolasFactor(place: number): CovarianceFunction {
  return {
    hyperparameters: ['u1', 'u2', 'u3'].map((name) => positive(name, 1, [1e-6, 1e6])),
    at: (values) => covarianceOf([at(values, 0), at(values, 1), at(values, 2)], place),
  };
}

function covarianceOf([u1, u2, u3]: readonly [number, number, number], place: number): Covariance {
  const basis = (x: Float64Array) => (1 - at(x, place)) ** 2;
  const value = (p: number, q: number) => (u1 + u3 * p) * (u1 + u3 * q) + u2 ** 2 * p * q;
  /** By the first argument of value. */
  const slope = (q: number) => u3 * (u1 + u3 * q) + u2 ** 2 * q;
  return {
    diagonal: (x) => value(basis(x), basis(x)),
    addDiagonalInputGradient(x, weight, out) {
      out[place] = at(out, place) - 4 * weight * (1 - at(x, place)) * slope(basis(x));
    },
    with(points: Matrix) {
      const q = Float64Array.from({ length: points.rows }, (_, j) => basis(row(points, j)));
      return {
        row(x, out) {
          for (let j = 0; j < out.length; j++) out[j] = value(basis(x), at(q, j));
        },
        addGradient(x, weights, gradient) {
          const p = basis(x);
          for (const [j, weight] of weights.entries()) {
            const r = at(q, j);
            gradient[0] = at(gradient, 0) + weight * u1 * (2 * u1 + u3 * (p + r));
            gradient[1] = at(gradient, 1) + weight * 2 * u2 ** 2 * p * r;
            gradient[2] = at(gradient, 2) + weight * u3 * (u1 * (p + r) + 2 * u3 * p * r);
          }
        },
        addInputGradient(x, weights, out) {
          for (const [j, weight] of weights.entries()) {
            out[place] = at(out, place) - 2 * weight * (1 - at(x, place)) * slope(at(q, j));
          }
        },
      };
    },
  };
}
