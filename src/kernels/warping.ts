/**
 * Input warping with the distribution function of Kumaraswamy's distribution, which makes a stationary kernel
 * non-stationary along a coordinate (Snoek et al. 2014, "Input Warping for Bayesian Optimization of Non-Stationary
 * Functions").
 *
 *   w(x) = 1 − (1 − tᵃ)ᵇ,   t = x (1 − 2 J) + J,   x in [0, 1],   a, b > 0
 */

/** Keeps t away from 0 and 1, where derivatives are infinite. */
const J = 1e-9;

export interface Warped {
  /** w(x), in [0, 1]. */
  readonly value: number;
  /** ∂w/∂x. */
  readonly slope: number;
  /** ∂w/∂ln a and ∂w/∂ln b. */
  readonly byLogA: number;
  readonly byLogB: number;
}

export function warp(x: number, a: number, b: number): Warped {
  const t = x * (1 - 2 * J) + J;
  const logT = Math.log(t);
  // Near 1 its distance from 1 is what counts.
  const power = a * logT < -1 ? Math.exp(a * logT) : 1 + Math.expm1(a * logT);
  const logRest = Math.log1p(-power);
  const rest = Math.exp(b * logRest);
  const byPower = b * Math.exp((b - 1) * logRest);
  return {
    value: -Math.expm1(b * logRest),
    slope: (byPower * a * power * (1 - 2 * J)) / t,
    byLogA: byPower * power * logT * a,
    byLogB: -b * rest * logRest,
  };
}
