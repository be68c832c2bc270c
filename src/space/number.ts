import type { FloatParameter, IntParameter, Value } from '../model.ts';
import type { Rng } from '../rng.ts';
import { clip, roundHalfEven, sevenDigits } from '../rounding.ts';
import { axis, cells, TRANSFORMS } from './axis.ts';
import type { Domain } from './domain.ts';

const UNIT = [[0, 1]] as const;

type Range = Pick<FloatParameter, 'min' | 'max' | 'scale'>;

/** A real number in [min, max]: one coordinate. Numbers that agree to seven significant digits are the same value. */
export function floatRange({ min, max, scale }: Range): Domain {
  const line = axis(min, max, scale);
  const decode = (u: number) => clip(line.decode(u), [min, max]);
  return {
    bounds: UNIT,
    size: min === max ? 1 : Number.POSITIVE_INFINITY,
    middle: clip(middle({ min, max, scale }), [min, max]),
    description: `a number from ${min} to ${max}`,
    has: (value) => typeof value === 'number' && min <= value && value <= max,
    encode(value, u, at) {
      u[at] = line.encode(Number(value));
    },
    decode: (u, at) => decode(u[at] ?? 0),
    sample: (rng) => decode(rng.uniform()),
    key: (value) => sevenDigits(Number(value)),
    values: () => [min],
  };
}

/** An integer in [min, max]: one coordinate. */
export function intRange({ min, max, scale }: Pick<IntParameter, 'min' | 'max' | 'scale'>): Domain {
  const line = cells(min, max, scale);
  const round = (x: number) => clip(roundHalfEven(x), [min, max]);
  return {
    bounds: UNIT,
    size: max - min + 1,
    middle: round(middle({ min, max, scale })),
    description: `an integer from ${min} to ${max}`,
    has: (value) => Number.isInteger(value) && min <= Number(value) && Number(value) <= max,
    encode(value, u, at) {
      u[at] = line.encode(Number(value));
    },
    decode: (u, at) => round(line.decode(u[at] ?? 0)),
    sample: (rng) => round(drawInt({ min, max, scale }, rng)),
    key: (value) => `${value}`,
    *values(): Iterable<Value> {
      for (let value = min; value <= max; value++) yield value;
    },
  };
}

/** On a logarithmic scale a real number, to be rounded: the two ends get about half of their neighbours' mass. */
function drawInt({ min, max, scale }: Range, rng: Rng): number {
  return scale === 'Linear' ? min + rng.int(max - min + 1) : axis(min, max, scale).decode(rng.uniform());
}

/** The arithmetic mean of the ends, on the scale Log the geometric one. */
export function middle({ min, max, scale }: Range): number {
  const { to, from } = TRANSFORMS[scale === 'Log' ? 'Log' : 'Linear'];
  return from(0.5 * (to(min) + to(max)));
}
