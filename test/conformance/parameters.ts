import type { Parameter, Value } from '../../src/model.ts';

/** A parameter as the fixtures write it. */
export type FixtureParameter = { readonly name: string } & (
  | {
      readonly kind: 'uniform' | 'loguniform' | 'reverseloguniform' | 'randint' | 'lograndint';
      readonly lower: number;
      readonly upper: number;
    }
  | {
      readonly kind: 'finrange' | 'logfinrange';
      readonly lower: number;
      readonly upper: number;
      readonly size: number;
      readonly cast_int?: boolean;
    }
  | { readonly kind: 'choice' | keyof typeof SPACINGS; readonly choices: readonly Value[] }
);

const SCALES = {
  uniform: 'Linear',
  loguniform: 'Log',
  reverseloguniform: 'ReverseLog',
} as const;

const SPACINGS = {
  ordinal_equal: 'Equal',
  ordinal_nn: 'Nearest',
  ordinal_nn_log: 'NearestLog',
} as const;

export function parameter(fixture: FixtureParameter): Parameter {
  const { name } = fixture;
  switch (fixture.kind) {
    case 'uniform':
    case 'loguniform':
    case 'reverseloguniform':
      return { name, type: 'float', min: fixture.lower, max: fixture.upper, scale: SCALES[fixture.kind] };
    case 'randint':
    case 'lograndint': {
      const scale = fixture.kind === 'randint' ? 'Linear' : 'Log';
      return { name, type: 'int', min: fixture.lower, max: fixture.upper, scale };
    }
    case 'finrange':
    case 'logfinrange': {
      const { lower: min, upper: max, size: steps } = fixture;
      const scale = fixture.kind === 'finrange' ? 'Linear' : 'Log';
      return { name, type: fixture.cast_int === true ? 'int' : 'float', min, max, scale, steps };
    }
    case 'choice':
      return { name, type: 'categorical', values: fixture.choices };
    case 'ordinal_equal':
    case 'ordinal_nn':
    case 'ordinal_nn_log':
      return { name, type: 'ordinal', values: fixture.choices, spacing: SPACINGS[fixture.kind] };
    default:
      throw new Error(`unknown kind of parameter: ${JSON.stringify(fixture)}`);
  }
}
