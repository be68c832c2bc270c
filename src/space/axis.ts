import type { Scale } from '../model.ts';
import { clip } from '../rounding.ts';

/** Maps an interval of numbers onto [0, 1] and back, evenly on a scale. */
export interface Axis {
  /** Numbers outside the interval go to its nearest end. */
  encode(x: number): number;
  /** u in [0, 1]; rounding errors may leave the interval. */
  decode(u: number): number;
}

interface Transform {
  to(x: number): number;
  from(t: number): number;
}

/** Log needs a positive interval, ReverseLog one within [0, 1). */
export const TRANSFORMS: Readonly<Record<Scale, Transform>> = {
  Linear: { to: (x) => x, from: (t) => t },
  Log: { to: Math.log, from: Math.exp },
  ReverseLog: { to: (x) => -Math.log1p(-x), from: (t) => -Math.expm1(-t) },
};

/** An interval of a single point has the code 0. */
export function axis(min: number, max: number, scale: Scale): Axis {
  const { to, from } = TRANSFORMS[scale];
  const low = to(min);
  const width = to(max) - low;
  return {
    encode: (x) => (width === 0 ? 0 : clip((to(x) - low) / width, [0, 1])),
    decode: (u) => from(u * width + low),
  };
}

/** Keeps the ends of an integer's interval apart from its neighbours'. */
const EPS = 1e-8;

/** Integers as the middles of cells of equal width (on the scale), so that each is decoded from its whole cell. */
export function cells(min: number, max: number, scale: Scale): Axis {
  return axis(min - 0.5 + EPS, max + 0.5 - EPS, scale);
}
