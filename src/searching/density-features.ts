/**
 * Configurations as features of a density: one number per parameter in [0, 1], numbers on their parameter's scale.
 * (The reference library takes logarithmic parameters linearly and places integers off the middle of their cells.)
 */
import type { Config, Parameter } from '../model.ts';
import type { Space } from '../space/space.ts';
import type { FeatureType } from './density.ts';

/** One per parameter, in the space's order. */
export function featureTypes({ parameters }: Space): FeatureType[] {
  return parameters.map(({ type }) => TYPES[type]);
}

const TYPES: Readonly<Record<Parameter['type'], FeatureType>> = {
  float: 'Continuous',
  int: 'Ordered',
  ordinal: 'Ordered',
  categorical: 'Unordered',
};

/** Parameters a configuration leaves out have the feature of their mid-point value. */
export function features(space: Space, config: Config): Float64Array {
  const u = space.encode(config);
  const middle = space.defaultConfig();
  return Float64Array.from(space.parameters, (parameter, k) => {
    if (parameter.type !== 'categorical') return u[space.offsets[k] ?? 0] ?? 0;
    const value = config[parameter.name] ?? middle[parameter.name] ?? '';
    return parameter.values.indexOf(value) / parameter.values.length;
  });
}
