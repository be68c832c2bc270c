/**
 * Expected improvement over the incumbent (Jones et al. 1998, "Efficient Global Optimization of Expensive Black-Box
 * Functions", equation 15), averaged over fantasies.
 *
 *   −EI = −(1/F) Σ_f s h(u_f),   u_f = (b_f − m_f − ξ)/s,   h(u) = u Φ(u) + φ(u)
 *   ∂(−EI)/∂m_f = Φ(u_f)/F,      ∂(−EI)/∂s = −(1/F) Σ_f φ(u_f)
 *
 *   m_f  means, F of them      s  deviation      b_f  value of the incumbent, one per column      ξ  margin
 */
import { at } from '../linalg/matrix.ts';
import { logNormalCdf, logNormalImprovement, normalCdf, normalDensity, normalImprovement } from '../special/normal.ts';
import { type Head, LEAST_DEVIATION } from './head.ts';

export interface ImprovementOptions {
  /** b. */
  readonly incumbents: Float64Array;
  /** ξ, in units of the metric: smaller improvements do not count. */
  readonly margin: number;
}

/** Minus the expected improvement. */
export function expectedImprovement({ incumbents, margin }: ImprovementOptions): Head {
  return ({ means, deviation }) => {
    const s = Math.max(deviation, LEAST_DEVIATION);
    const u = means.map((mean, f) => (at(incumbents, f) - mean - margin) / s);
    const count = means.length;
    return {
      value: (-s / count) * u.reduce((sum, own) => sum + normalImprovement(own), 0),
      byMeans: u.map((own) => normalCdf(own) / count),
      byDeviation: -u.reduce((sum, own) => sum + normalDensity(own), 0) / count,
    };
  };
}

/**
 * Minus the logarithm of the expected improvement: the same order of points, but a slope everywhere, also where the
 * improvement itself is too small for a double (Ament et al. 2023, "Unexpected Improvements to Expected Improvement for
 * Bayesian Optimization").
 */
export function logExpectedImprovement({ incumbents, margin }: ImprovementOptions): Head {
  return ({ means, deviation }) => {
    const s = Math.max(deviation, LEAST_DEVIATION);
    const u = means.map((mean, f) => (at(incumbents, f) - mean - margin) / s);
    const logs = u.map(logNormalImprovement);
    const most = Math.max(...logs);
    // ln Σ h(u_f), and each column's share of the sum per h(u_f), without leaving the range of doubles.
    const logSum = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
    return {
      value: -(Math.log(s) + logSum - Math.log(means.length)),
      byMeans: u.map((own) => Math.exp(logNormalCdf(own) - logSum) / s),
      byDeviation: -u.reduce((sum, own) => sum + Math.exp(-0.5 * own * own - LOG_SQRT_2PI - logSum), 0) / s,
    };
  };
}

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);
