import type { Parameter, Value } from '../model.ts';
import type { Rng } from '../rng.ts';
import { categorical } from './categorical.ts';
import { grid } from './grid.ts';
import { floatRange, intRange } from './number.ts';
import { ordinal } from './ordinal.ts';

/** The values one parameter may take, and their place in the unit cube. */
export interface Domain {
  /** One interval per coordinate. */
  readonly bounds: readonly (readonly [number, number])[];
  /** How many values there are that `key` tells apart; Infinity when continuous. */
  readonly size: number;
  /** The value of the mid-point configuration. */
  readonly middle: Value;
  /** Such as "a number from 0.1 to 1". */
  readonly description: string;
  has(value: Value): boolean;
  /** Writes the coordinates of a value into u, from `at` on. Throws a RangeError for an unknown value. */
  encode(value: Value, u: Float64Array, at: number): void;
  decode(u: ArrayLike<number>, at: number): Value;
  sample(rng: Rng): Value;
  /** Equal for equal values. */
  key(value: Value): string;
  /** Every value once. For finite domains only. */
  values(): Iterable<Value>;
}

export function domain(parameter: Parameter): Domain {
  switch (parameter.type) {
    case 'float':
      return parameter.steps === undefined ? floatRange(parameter) : grid(parameter, parameter.steps);
    case 'int':
      return parameter.steps === undefined ? intRange(parameter) : grid(parameter, parameter.steps);
    case 'categorical':
      return categorical(parameter.values);
    case 'ordinal':
      return ordinal(parameter);
  }
}
