/**
 * An acquisition per unit of cost (Snoek et al. 2012, "Practical Bayesian Optimization of Machine Learning Algorithms",
 * section 3.2): −EI/costᵉ.
 */
import type { Score } from './head.ts';

const LEAST_COST = 1e-12;

/** cost ≥ 0 of evaluating the point; exponent in [0, 1], 0 ignores cost. For values that are at most 0, as −EI is. */
export function perCost(score: Score, cost: number, exponent: number): Score {
  const factor = Math.max(cost, LEAST_COST) ** -exponent;
  const { value, byMeans, byDeviation } = score;
  return { value: value * factor, byMeans: byMeans.map((by) => by * factor), byDeviation: byDeviation * factor };
}
