import type { Value } from '../model.ts';
import { roundHalfEven } from '../rounding.ts';
import { cells } from './axis.ts';
import type { Domain } from './domain.ts';

/**
 * One of some unordered values. Two values share one coordinate; any other number of values has one coordinate each, of
 * which the value's is 1 and the others are 0.
 */
export function categorical(values: readonly Value[]): Domain {
  return { ...choice(values, 0), ...(values.length === 2 ? pair(values) : oneHot(values)) };
}

type Coordinates = Pick<Domain, 'bounds' | 'encode' | 'decode'>;

/** What categorical and ordinal parameters have in common. */
export function choice(values: readonly Value[], middle: number): Omit<Domain, keyof Coordinates> {
  const indexes = indexesOf(values);
  return {
    size: values.length,
    middle: valueAt(values, middle),
    description: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    has: (value) => indexes.has(value),
    sample: (rng) => valueAt(values, rng.int(values.length)),
    key: (value) => `${indexes.get(value) ?? JSON.stringify(value)}`,
    values: () => values,
  };
}

/** One coordinate for the index, in cells of equal width. */
export function indexed(values: readonly Value[]): Coordinates {
  const line = cells(0, values.length - 1, 'Linear');
  const indexes = indexesOf(values);
  return {
    bounds: [[0, 1]],
    encode(value, u, at) {
      u[at] = line.encode(indexIn(indexes, value));
    },
    decode: (u, at) => valueAt(values, roundHalfEven(line.decode(u[at] ?? 0))),
  };
}

function pair(values: readonly Value[]): Coordinates {
  return indexed(values);
}

function oneHot(values: readonly Value[]): Coordinates {
  const indexes = indexesOf(values);
  return {
    bounds: values.map(() => [values.length === 1 ? 1 : 0, 1]),
    encode(value, u, at) {
      u.fill(0, at, at + values.length);
      u[at + indexIn(indexes, value)] = 1;
    },
    decode(u, at) {
      let best = 0;
      for (let i = 1; i < values.length; i++) if ((u[at + i] ?? 0) > (u[at + best] ?? 0)) best = i;
      return valueAt(values, best);
    },
  };
}

function indexesOf(values: readonly Value[]): ReadonlyMap<Value, number> {
  return new Map(values.map((value, index) => [value, index]));
}

function indexIn(indexes: ReadonlyMap<Value, number>, value: Value): number {
  const index = indexes.get(value);
  if (index === undefined)
    throw new RangeError(`${JSON.stringify(value)} is none of ${[...indexes.keys()].join(', ')}`);
  return index;
}

export function valueAt(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new RangeError(`there is no value ${index} among ${values.length}`);
  return value;
}
