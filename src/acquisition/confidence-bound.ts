/**
 * Lower confidence bound (Srinivas et al. 2010, "Gaussian Process Optimization in the Bandit Setting", equation 6, for
 * minimisation), averaged over fantasies: (1/F) Σ_f m_f − κ s.
 */
import type { Head } from './head.ts';

/** kappa ≥ 0: how many deviations below the mean. */
export function lowerConfidenceBound(kappa: number): Head {
  return ({ means, deviation }) => ({
    value: means.reduce((sum, mean) => sum + mean, 0) / means.length - kappa * deviation,
    byMeans: means.map(() => 1 / means.length),
    byDeviation: -kappa,
  });
}
