/**
 * An acquisition per unit of cost (Snoek et al. 2012, "Practical Bayesian Optimization of Machine Learning Algorithms",
 * section 3.2):
 *
 *   a(x)/c(x)ᵉ,   ∇ = (∇a − e a ∇ln c)/cᵉ
 *
 *   a  an acquisition that is at most 0, as −EI is      c  the cost of evaluating x      e  exponent in [0, 1]
 */
import { at } from '../linalg/matrix.ts';
import type { Objective } from '../optimize/line-search.ts';

/** What evaluating a point costs: ln c, linear in its first coordinates; the others do not matter. */
export interface Cost {
  readonly logAt: (x: Float64Array) => number;
  /** ∂ ln c/∂x. */
  readonly slopes: Float64Array;
}

/** c(x)⁻ᵉ. */
export function costFactor({ logAt }: Cost, x: Float64Array, exponent: number): number {
  return Math.exp(-exponent * logAt(x));
}

/** The acquisition per cost as a function of a point, with its gradient. */
export function perCost(acquisition: Objective, cost: Cost, exponent: number): Objective {
  return (x) => {
    const evaluation = acquisition(x);
    if (evaluation === undefined) return undefined;
    const factor = costFactor(cost, x, exponent);
    const gradient = () =>
      evaluation.gradient().map((by, k) => {
        const slope = k < cost.slopes.length ? at(cost.slopes, k) : 0;
        return factor * (by - exponent * evaluation.value * slope);
      });
    return { value: factor * evaluation.value, gradient };
  };
}
