/** What the trials of these measurements observe: a loss that falls, and at its end depends on every parameter; and time. */
import type { Config, Parameter, Value } from '../../src/model.ts';
import type { Rng } from '../../src/rng.ts';

/** The levels that are compared with a reduction factor of 3. */
export const LEVELS: readonly number[] = [1, 3, 9, 27, 81];

export const MAX_RESOURCE = 81;

/** The loss after `resource` units, with noise. The first parameter says how fast it falls, the last what a unit costs. */
export function observe(
  parameters: readonly Parameter[],
  { config, resource }: { readonly config: Config; readonly resource: number },
  rng: Rng,
): { readonly value: number; readonly seconds: number } {
  const places = parameters.map((parameter) => placeOf(parameter, config[parameter.name] ?? ''));
  const distance = places.reduce((sum, place) => sum + (place - 0.4) ** 2, 0) / places.length;
  const untrained = Math.exp(-0.12 * resource * (0.5 + (places[0] ?? 0)));
  const value = 0.1 + distance + 0.6 * untrained + 0.01 * rng.normal();
  return { value, seconds: 60 * resource * (0.5 + (places.at(-1) ?? 0)) };
}

/** Where between a parameter's ends, 0 and 1, a value is. */
function placeOf(parameter: Parameter, value: Value): number {
  if ('values' in parameter) return parameter.values.indexOf(value) / (parameter.values.length - 1);
  const on = parameter.scale === 'Log' ? Math.log : (x: number) => x;
  return (on(Number(value)) - on(parameter.min)) / (on(parameter.max) - on(parameter.min));
}
