/**
 * A kernel in which resources are as far apart as their logarithms: the first epochs change more than the last.
 *
 *   k′((x, ρ), (x′, ρ′)) = k((x, λ(ρ)), (x′, λ(ρ′)))      λ = ln r / ln R,  r = ρ R + 1/2
 */
import { addScaled, at, type Matrix } from '../linalg/matrix.ts';
import type { Covariances, Kernel } from './kernel.ts';

/** `dimension` coordinates come before the encoded resource. */
export function onLogResource(kernel: Kernel, dimension: number, maxResource: number): Kernel {
  const scale = Math.log(Math.max(maxResource, 2));
  const resourceOf = (x: Float64Array) => Math.max(at(x, dimension), 0) * maxResource + 0.5;
  const onLog = (x: Float64Array) => {
    const moved = x.slice();
    moved[dimension] = Math.log(resourceOf(x)) / scale;
    return moved;
  };
  /** Derivatives by λ become those by ρ. */
  const added = (x: Float64Array, out: Float64Array, add: (moved: Float64Array, own: Float64Array) => void) => {
    const own = new Float64Array(out.length);
    add(onLog(x), own);
    own[dimension] = (at(own, dimension) * maxResource) / (resourceOf(x) * scale);
    addScaled(out, 1, own);
  };
  const covariancesOf = (own: Covariances): Covariances => ({
    row: (x, out) => own.row(onLog(x), out),
    addGradient: (x, weights, gradient) => own.addGradient(onLog(x), weights, gradient),
    addInputGradient: (x, weights, out) => added(x, out, (moved, to) => own.addInputGradient(moved, weights, to)),
  });
  return {
    hyperparameters: kernel.hyperparameters,
    at(values) {
      const prior = kernel.at(values);
      return {
        diagonal: (x) => prior.diagonal(onLog(x)),
        addDiagonalInputGradient: (x, weight, out) =>
          added(x, out, (moved, to) => prior.addDiagonalInputGradient(moved, weight, to)),
        with: (points) => covariancesOf(prior.with(mapped(points, onLog))),
        mean: (x) => prior.mean(onLog(x)),
        addMeanGradient: (x, weight, gradient) => prior.addMeanGradient(onLog(x), weight, gradient),
        addMeanInputGradient: (x, weight, out) =>
          added(x, out, (moved, to) => prior.addMeanInputGradient(moved, weight, to)),
      };
    },
  };
}

function mapped(points: Matrix, map: (x: Float64Array) => Float64Array): Matrix {
  const data = new Float64Array(points.data.length);
  for (let at = 0; at < data.length; at += points.columns)
    data.set(map(points.data.subarray(at, at + points.columns)), at);
  return { ...points, data };
}
