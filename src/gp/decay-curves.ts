/**
 * Curves that decay exponentially towards their asymptote (Swersky et al. 2014, section 3).
 *
 *   g(t)  mean γ κ(t), covariance G = γ² (κ(t + t′) − κ(t) κ(t′))        κ: power-decay.ts
 *   L     Cholesky factor of G/σ² + I for times t₁ … t_R, whose leading block serves every curve
 *   v = L⁻¹ 1,   w = L⁻¹ (y − γ κ(t)),   both cut to the curve's length
 */
import { decay } from '../kernels/power-decay.ts';
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { at, dot, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { substitute } from '../linalg/triangular.ts';
import type { CurveSums } from './learning-curve.ts';

export interface DecayCurveValues {
  readonly alpha: number;
  readonly lambda: number;
  readonly gamma: number;
}

/**
 * Sums of curves, each the observations at the first resources 1, 2, …; `time(r)` is t of a resource: r itself or its
 * code. Undefined when the covariance cannot be factored.
 */
export function decayCurves(
  curves: readonly Float64Array[],
  { alpha, lambda, gamma }: DecayCurveValues,
  noise: number,
  time: (resource: number) => number,
): CurveSums[] | undefined {
  const longest = Math.max(0, ...curves.map(({ length }) => length));
  const kappa = (t: number) => decay(t, alpha, lambda).value;
  const times = Float64Array.from({ length: longest }, (_, i) => time(i + 1));
  const means = times.map((t) => gamma * kappa(t));
  const covariance = (s: number, t: number) => gamma ** 2 * (kappa(s + t) - kappa(s) * kappa(t));
  const fill = (a: Matrix) => a.data.set(zeros(longest, longest).data.map((_, e) => entry(e) / noise));
  const entry = (e: number) => covariance(at(times, Math.floor(e / longest)), at(times, e % longest));
  const factor = factorizeWithJitter({ size: longest, fill, noise: new Float64Array(longest).fill(1) });
  if (factor === undefined) return undefined;
  const { lower } = factor;
  const v = new Float64Array(longest).fill(1);
  substitute(lower, v, 0, [0, longest]);
  return curves.map((curve) => {
    const w = curve.map((value, i) => value - at(means, i));
    substitute(lower, w, 0, [0, w.length]);
    let logFactor = 0;
    for (let i = 0; i < w.length; i++) logFactor += Math.log(at(row(lower, i), i));
    const own = v.subarray(0, w.length);
    return { length: w.length, vv: dot(own, own), vw: dot(own, w), ww: dot(w, w), logFactor, shift: 0, spread: 0 };
  });
}
