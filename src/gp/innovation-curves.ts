/**
 * Curves of a linear state-space model with a single source of error (Hyndman et al. 2008, "Forecasting with Exponential
 * Smoothing"): each step adds a(r) (1 + γ ε) to the curve, with the same ε in state and observation, so that a curve is
 * followed from its last observation downwards in one pass.
 *
 *   a(r) = α r^(α−1) e^β,   α < 0        e(r) = 1 + γ a(r)
 *   v₀ = 1, w₀ = y(l);   v_j = e v_{j−1},   w_j = e w_{j−1} + y(r − 1) − y(r) + a(r)   for r = l, l − 1, …
 *   c = Σ a(r),   d = γ² Σ a(r)²   over the unobserved r = l + 1 … R
 */
import { at } from '../linalg/matrix.ts';
import type { CurveSums } from './learning-curve.ts';

export interface InnovationValues {
  /** Negative. */
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** Sums of curves, each the observations at 1, 2, …; none longer than `maxResource`. */
export function innovationCurves(
  curves: readonly Float64Array[],
  { alpha, beta, gamma }: InnovationValues,
  maxResource: number,
): CurveSums[] {
  const growth = (r: number) => alpha * r ** (alpha - 1) * Math.exp(beta);
  return curves.map((curve) => {
    let [v, w] = [1, at(curve, curve.length - 1)];
    let [vv, vw, ww] = [1, w, w * w];
    for (let r = curve.length; r > 1; r--) {
      const a = growth(r);
      const e = 1 + gamma * a;
      v *= e;
      w = e * w + at(curve, r - 2) - at(curve, r - 1) + a;
      vv += v * v;
      vw += v * w;
      ww += w * w;
    }
    let [shift, spread] = [0, 0];
    for (let r = curve.length + 1; r <= maxResource; r++) {
      shift += growth(r);
      spread += (gamma * growth(r)) ** 2;
    }
    return { length: curve.length, vv, vw, ww, logFactor: 0, shift, spread };
  });
}
