import type { FloatParameter, IntParameter, Value } from '../model.ts';
import { clip, roundHalfEven } from '../rounding.ts';
import { cells, TRANSFORMS } from './axis.ts';
import type { Domain } from './domain.ts';
import { middle } from './number.ts';

/**
 * `steps` numbers from min to max, evenly apart on the scale (and rounded, for an integer parameter): one coordinate,
 * which encodes the index.
 */
export function grid({ type, min, max, scale }: FloatParameter | IntParameter, steps: number): Domain {
  const { to, from } = TRANSFORMS[scale];
  const low = to(min);
  const step = steps > 1 ? (to(max) - low) / (steps - 1) : 0;
  const line = cells(0, steps - 1, 'Linear');

  const at = (index: number): number => {
    const x = clip(from(index * step + low), [min, max]);
    return type === 'int' ? roundHalfEven(x) : x;
  };
  const round = (x: number) => clip(roundHalfEven(x), [0, steps - 1]);
  const index = (value: Value): number => {
    const nearest = step === 0 ? 0 : round((to(clip(Number(value), [min, max])) - low) / step);
    // A rounded value may lie nearer to the neighbour of the one it came from.
    return [nearest, nearest - 1, nearest + 1].find((i) => i >= 0 && i < steps && at(i) === value) ?? nearest;
  };
  function* values(): Iterable<number> {
    for (let i = 0; i < steps; i++) if (i === 0 || at(i) !== at(i - 1)) yield at(i);
  }
  return {
    bounds: [[0, 1]],
    get size() {
      return type === 'int' ? [...values()].length : distinct(min, max, steps);
    },
    middle: at(index(middle({ min, max, scale }))),
    description: `one of the ${steps} ${type === 'int' ? 'integers' : 'numbers'} evenly apart from ${min} to ${max}`,
    has: (value) => typeof value === 'number' && isClose(value, at(index(value))),
    encode(value, u, coordinate) {
      u[coordinate] = line.encode(index(value));
    },
    decode: (u, coordinate) => at(round(line.decode(u[coordinate] ?? 0))),
    sample: (rng) => at(rng.int(steps)),
    key: (value) => `${index(value)}`,
    values,
  };
}

function distinct(min: number, max: number, steps: number): number {
  return min === max ? 1 : steps;
}

/** People write 0.3 for the grid's 0.30000000000000004, and logarithms carry more noise than that. */
function isClose(value: number, gridValue: number): boolean {
  return Math.abs(value - gridValue) <= 1e-6 * Math.abs(gridValue);
}
