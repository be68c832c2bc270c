/**
 * Regularisers of the fit: −log p(x) of a hyperparameter's value x, up to constants that do not depend on x, and its
 * derivative. They are densities of x itself, also where the fit runs over log x.
 *
 *   Gamma(m, a)        shape a, mean m, rate b = a/m:    (1 − a) ln x + b x + ln Γ(a) − a ln b
 *   LogNormal(μ, σ)    ln(σ x) + (ln x − μ)²/(2 σ²)
 *   Normal(μ, σ)       (x − μ)²/(2 σ²)
 *   Uniform(l, u)      ln(u − l)
 */
import { logGamma } from '../special/gamma.ts';

export interface Hyperprior {
  /** −log p(x). */
  penalty(x: number): number;
  /** Its derivative by x. */
  slope(x: number): number;
}

export const FLAT: Hyperprior = { penalty: () => 0, slope: () => 0 };

/** mean > 0, shape > 0; for x > 0. */
export function gammaPrior(mean: number, shape: number): Hyperprior {
  const rate = shape / mean;
  const constant = logGamma(shape) - shape * Math.log(rate);
  return {
    penalty: (x) => (1 - shape) * Math.log(x) + rate * x + constant,
    slope: (x) => (1 - shape) / x + rate,
  };
}

/** sigma > 0; for x > 0. */
export function logNormalPrior(mu: number, sigma: number): Hyperprior {
  return {
    penalty: (x) => Math.log(sigma * x) + (Math.log(x) - mu) ** 2 / (2 * sigma ** 2),
    slope: (x) => (1 + (Math.log(x) - mu) / sigma ** 2) / x,
  };
}

/** The one with its mode at `mode`; sigma > 0, for x > 0. */
export function logNormalWithMode(mode: number, sigma: number): Hyperprior {
  return logNormalPrior(Math.log(mode) + sigma ** 2, sigma);
}

/** sigma > 0. */
export function normalPrior(mu: number, sigma: number): Hyperprior {
  return { penalty: (x) => (x - mu) ** 2 / (2 * sigma ** 2), slope: (x) => (x - mu) / sigma ** 2 };
}

/** min < max: a constant, which the bounds of the fit make a density. */
export function uniformPrior(min: number, max: number): Hyperprior {
  const constant = Math.log(max - min);
  return { penalty: () => constant, slope: () => 0 };
}
