/**
 * The Box-Cox transform of positive targets towards a normal distribution (Box and Cox 1964, equation 1).
 *
 *   z = (y^λ − 1)/λ, ln y for λ = 0;   dz/dy = y^(λ−1)
 *
 *   y  observed values; those below 1e-10 count as 1e-10      λ  power, usually in [−1, 2]
 */

const LEAST = 1e-10;

/** Below this |λ ln y| the derivative by λ is taken from its series, which then is exact to 1e-12. */
const SERIES_BELOW = 1e-4;

/** z of one value. */
export function boxCox(y: number, lambda: number): number {
  const log = Math.log(Math.max(y, LEAST));
  return lambda === 0 ? log : Math.expm1(lambda * log) / lambda;
}

/** ∂z/∂λ. */
export function boxCoxSlope(y: number, lambda: number): number {
  const log = Math.log(Math.max(y, LEAST));
  const x = lambda * log;
  if (Math.abs(x) < SERIES_BELOW) return log * log * (1 / 2 + x / 3 + (x * x) / 8);
  return (Math.exp(x) * log - boxCox(y, lambda)) / lambda;
}

/** y of a transformed value, where no y ≥ 0 has it the nearest. */
export function inverseBoxCox(z: number, lambda: number): number {
  return Math.exp(lambda === 0 ? z : Math.log1p(Math.max(z * lambda, LEAST - 1)) / lambda);
}

/** −ln |∂z/∂y| of all values together, which a likelihood of transformed targets needs: (1 − λ) Σ ln y. */
export function negativeLogJacobian(y: Float64Array, lambda: number): number {
  return (1 - lambda) * sumOfLogs(y);
}

/** Σ ln y. */
export function sumOfLogs(y: Float64Array): number {
  return y.reduce((sum, value) => sum + Math.log(Math.max(value, LEAST)), 0);
}
