/**
 * Curves that decay exponentially towards their asymptote (Swersky et al. 2014, section 3).
 *
 *   g(t)  mean γ κ(t), covariance G = γ² (κ(t + t′) − κ(t) κ(t′)) + ω² κ(t + t′)        κ: power-decay.ts
 *   L     Cholesky factor of G/σ² + I for times t₁ … t_l, whose leading block serves every shorter curve
 *   v = L⁻¹ 1,   w = L⁻¹ (y − γ κ(t)),   both cut to the curve's length
 *
 * With ω = 0 all curves start γ above their asymptotes and differ in how fast they fall; with γ = 0, the paper's own
 * covariance, a curve may start anywhere.
 */
import { type Decay, decay } from '../kernels/power-decay.ts';
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { at, dot, type Matrix, row } from '../linalg/matrix.ts';
import { substitute } from '../linalg/triangular.ts';
import type { CurveSums } from './learning-curve.ts';

export interface DecayCurveValues {
  readonly alpha: number;
  readonly lambda: number;
  readonly gamma: number;
  /** ω²; 0 when left out. */
  readonly offset?: number;
}

/** A curve as far as it is known: times above 0 in increasing order, and as many values. */
export interface Curve {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Curves by what they were observed at: each at the first few times of one of some ladders. */
export interface Ladders {
  readonly times: readonly Float64Array[];
  /** Which ladder each curve is on. */
  readonly of: readonly number[];
}

/** As few ladders as there are when the longest curves come first. */
export function laddersOf(curves: readonly Pick<Curve, 'times'>[]): Ladders {
  const times: Float64Array[] = [];
  const of = new Array<number>(curves.length).fill(0);
  const byLength = [...curves.entries()].sort(([, a], [, b]) => b.times.length - a.times.length);
  for (const [i, curve] of byLength) {
    const found = times.findIndex((ladder) => curve.times.every((t, j) => t === ladder[j]));
    of[i] = found < 0 ? times.push(curve.times) - 1 : found;
  }
  return { times, of };
}

/** What curves on one ladder are whitened by. */
export interface Whitening {
  readonly times: Float64Array;
  /** κ at the times. */
  readonly decays: readonly Decay[];
  /** L. */
  readonly lower: Matrix;
  /** v. */
  readonly ones: Float64Array;
}

/** G(s, t) from κ(s), κ(t) and κ(s + t). */
export function decayCovariance({ gamma, offset = 0 }: DecayCurveValues, s: number, t: number, sum: number): number {
  return gamma ** 2 * (sum - s * t) + offset * sum;
}

/** Undefined when the covariance cannot be factored. */
export function whitening(times: Float64Array, values: DecayCurveValues, noise: number): Whitening | undefined {
  const { alpha, lambda } = values;
  const size = times.length;
  const decays = Array.from(times, (t) => decay(t, alpha, lambda));
  const entry = (i: number, j: number) => {
    const sum = decay(at(times, i) + at(times, j), alpha, lambda).value;
    return decayCovariance(values, decays[i]?.value ?? 0, decays[j]?.value ?? 0, sum) / noise;
  };
  const fill = (a: Matrix) => {
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) a.data[i * size + j] = entry(i, j);
  };
  const factor = factorizeWithJitter({ size, fill, noise: new Float64Array(size).fill(1) });
  if (factor === undefined) return undefined;
  const ones = new Float64Array(size).fill(1);
  substitute(factor.lower, ones, 0, [0, size]);
  return { times, decays, lower: factor.lower, ones };
}

/** w of a curve on the ladder, given its values. */
export function whiten({ decays, lower }: Whitening, values: Float64Array, gamma: number): Float64Array {
  const w = values.map((value, i) => value - gamma * (decays[i]?.value ?? 0));
  substitute(lower, w, 0, [0, w.length]);
  return w;
}

/** Sums of a whitened curve. */
export function sumsOf({ lower, ones }: Whitening, w: Float64Array): CurveSums {
  const v = ones.subarray(0, w.length);
  let logFactor = 0;
  for (let i = 0; i < w.length; i++) logFactor += Math.log(at(row(lower, i), i));
  return { length: w.length, vv: dot(v, v), vw: dot(v, w), ww: dot(w, w), logFactor, shift: 0, spread: 0 };
}

/** Sums of curves; undefined when a covariance cannot be factored. */
export function decayCurves(
  curves: readonly Curve[],
  values: DecayCurveValues,
  noise: number,
): CurveSums[] | undefined {
  const ladders = laddersOf(curves);
  const all = whitenings(ladders, values, noise);
  return all && curves.map((curve, i) => sumsOfCurve(curve, all[ladders.of[i] ?? 0], values));
}

/** Of every ladder; undefined when one cannot be computed. */
export function whitenings({ times }: Ladders, values: DecayCurveValues, noise: number): Whitening[] | undefined {
  const all: Whitening[] = [];
  for (const own of times) {
    const found = whitening(own, values, noise);
    if (found === undefined) return undefined;
    all.push(found);
  }
  return all;
}

const NOTHING: CurveSums = { length: 0, vv: 0, vw: 0, ww: 0, logFactor: 0, shift: 0, spread: 0 };

function sumsOfCurve({ values }: Curve, own: Whitening | undefined, { gamma }: DecayCurveValues): CurveSums {
  return own ? sumsOf(own, whiten(own, values, gamma)) : NOTHING;
}
