import { boxCox, inverseBoxCox, negativeLogJacobian } from '../../../src/gp/box-cox.ts';
import { warp } from '../../../src/kernels/warping.ts';
import { differences } from '../compare.ts';
import type { Params } from '../gaussian-process.ts';

const TOLERANCE = 1e-12;

type Case = Warping | BoxCox;

interface Warping {
  readonly kind: 'kumaraswamy';
  /** Which columns are warped: [from, to). */
  readonly columns: readonly [number, number];
  readonly params: Params;
  readonly X: readonly (readonly number[])[];
  readonly warped: readonly (readonly number[])[];
}

interface BoxCox {
  readonly kind: 'boxcox';
  readonly lam: number;
  readonly y: readonly number[];
  readonly z: readonly number[];
  readonly inverse_of_z: readonly number[];
  readonly neg_log_jacobian_correct: number;
}

/** Warped coordinates; transformed targets, transformed back, and their Jacobian (the right one, not the library's). */
export function check(data: Case): string[] {
  return data.kind === 'kumaraswamy' ? checkWarping(data) : checkBoxCox(data);
}

function checkWarping({ columns: [from, to], params, X, warped }: Warping): string[] {
  const power = (name: string, k: number) =>
    params[`power_${name}_${k - from}`] ?? params[`power_${name}`] ?? Number.NaN;
  return X.flatMap((x, i) =>
    x.flatMap((value, k) => {
      const isWarped = from <= k && k < to;
      const { value: actual, slope } = isWarped ? warp(value, power('a', k), power('b', k)) : { value, slope: 1 };
      // Next to the ends the slope is so steep that the rounding of the argument shows.
      const rounding = Number.EPSILON * Math.abs(slope);
      const expected = warped[i]?.[k] ?? Number.NaN;
      if (Math.abs(actual - expected) <= rounding) return [];
      return differences(`warped ${i}, ${k}`, actual, expected, TOLERANCE);
    }),
  );
}

function checkBoxCox({ lam, y, z, inverse_of_z, neg_log_jacobian_correct }: BoxCox): string[] {
  const transformed = y.map((value) => boxCox(value, lam));
  const back = z.map((value) => inverseBoxCox(value, lam));
  return [
    ...differences('z', transformed, z, TOLERANCE),
    ...differences('inverse', back, inverse_of_z, TOLERANCE),
    ...differences('Jacobian', negativeLogJacobian(Float64Array.from(y), lam), neg_log_jacobian_correct, TOLERANCE),
  ];
}
