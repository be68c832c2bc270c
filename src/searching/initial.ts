import type { Config } from '../model.ts';
import type { Space } from '../space/space.ts';

/**
 * The first initial configuration that no trial has yet, completed by the mid-point's values; undefined when all were
 * tried. Undefined instead of a list: the mid-point configuration alone.
 */
export function nextInitial(
  initial: readonly Config[] | undefined,
  space: Space,
  used: ReadonlySet<string>,
): Config | undefined {
  const configs = initial === undefined ? [space.defaultConfig()] : initial.map((config) => space.complete(config));
  return configs.find((config) => !used.has(space.key(config)));
}
