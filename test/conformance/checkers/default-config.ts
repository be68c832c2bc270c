import type { Config } from '../../../src/model.ts';
import { createSpace } from '../../../src/space/space.ts';
import { differences } from '../compare.ts';
import { type FixtureParameter, parameter } from '../parameters.ts';

interface Case {
  readonly space: readonly FixtureParameter[];
  readonly default_config: Config;
}

/** The mid-point configuration. */
export function check({ space, default_config }: Case): string[] {
  const config = createSpace(space.map(parameter)).defaultConfig();
  return differences('default', config, default_config, 1e-12);
}
