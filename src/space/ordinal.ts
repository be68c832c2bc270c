import type { OrdinalParameter, Value } from '../model.ts';
import { TRANSFORMS } from './axis.ts';
import { choice, indexed, valueAt } from './categorical.ts';
import type { Domain } from './domain.ts';
import { floatRange, middle } from './number.ts';

/** One of some values in increasing order: one coordinate. */
export function ordinal({ values, spacing }: Pick<OrdinalParameter, 'values' | 'spacing'>): Domain {
  if (spacing === 'Equal') return { ...choice(values, Math.floor(values.length / 2)), ...indexed(values) };
  return nearest(values, spacing === 'Nearest' ? 'Linear' : 'Log');
}

/**
 * Places the values (numbers) at their transform; a point between two belongs to the nearer one, the lower on a tie.
 * The interval reaches half a mean gap beyond both ends, so that the end values get their share of it.
 */
function nearest(values: readonly Value[], scale: 'Linear' | 'Log'): Domain {
  const transform = TRANSFORMS[scale].to;
  const [min, max] = [Number(values[0]), Number(values.at(-1))];
  const places = values.map((value) => transform(Number(value)));
  const first = places[0] ?? 0;
  const last = places.at(-1) ?? first;
  const margin = values.length > 1 ? (last - first) / (values.length - 1) / 2 : 0;
  const line = floatRange({ min: first - margin, max: last + margin, scale: 'Linear' });
  const closest = (place: number) => {
    const distances = places.map((other) => Math.abs(other - place));
    return distances.indexOf(Math.min(...distances));
  };
  return {
    ...choice(values, closest(transform(middle({ min, max, scale })))),
    bounds: line.bounds,
    encode: (value, u, at) => line.encode(transform(Number(value)), u, at),
    decode: (u, at) => valueAt(values, closest(Number(line.decode(u, at)))),
    sample: (rng) => valueAt(values, closest(Number(line.sample(rng)))),
  };
}
