/**
 * How far a learning curve is from its asymptote after training t: the Laplace transform of a gamma distribution of
 * decay rates, so a mixture of exponentials (Swersky et al. 2014, "Freeze-Thaw Bayesian Optimization", section 3).
 *
 *   κ(t) = (β/(t + β))^α,   β = α/λ,   κ(0) = 1,   t ≥ 0
 *
 *   α  shape of the distribution of rates, > 0      λ  their mean, > 0
 */
export interface Decay {
  /** κ(t), in (0, 1]. */
  readonly value: number;
  /** ∂κ/∂t. */
  readonly slope: number;
  /** ∂κ/∂ln α and ∂κ/∂ln λ. */
  readonly byLogAlpha: number;
  readonly byLogLambda: number;
}

export function decay(t: number, alpha: number, lambda: number): Decay {
  const beta = alpha / lambda;
  const logValue = -alpha * Math.log1p(t / beta);
  const value = Math.exp(logValue);
  const share = (alpha * t) / (t + beta);
  return {
    value,
    slope: (-value * alpha) / (t + beta),
    byLogAlpha: value * (logValue + share),
    byLogLambda: -value * share,
  };
}
