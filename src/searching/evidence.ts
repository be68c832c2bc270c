/** What a model learns from: a study's trials as observations, pending evaluations and a space of points. */
import { fromRows, type Matrix } from '../linalg/matrix.ts';
import type { Config, Study, Trial } from '../model.ts';
import { encodeResource, type Space } from '../space/space.ts';
import type { Observed } from '../surrogate/subsample.ts';

export interface ConfigObserved extends Observed {
  readonly config: Config;
}

/** Which observations count: those at certain levels, or all. */
export type Levels = readonly number[] | 'All';

/**
 * Observations in the order they were made, values to be minimised. At the maximum resource every observation counts.
 */
export function observations({ goal, resource }: Study, trials: readonly Trial[], levels: Levels): ConfigObserved[] {
  const sign = goal === 'Minimize' ? 1 : -1;
  const counts = (r: number) => levels === 'All' || r === resource.max || levels.includes(r);
  const all = trials.flatMap(({ number: trial, config, observations: own }) =>
    own.flatMap(({ resource: r, value, at }) =>
      counts(r) ? [{ trial, config, resource: r, value: sign * value, at }] : [],
    ),
  );
  return all.sort((a, b) => a.at - b.at || a.trial - b.trial || a.resource - b.resource);
}

/** Where an evaluation is under way: the level each active trial is to reach. */
export function pendingEvaluations(trials: readonly Trial[]): { config: Config; resource: number }[] {
  return trials
    .filter(
      ({ state, until, observations: own }) => state === 'Active' && !own.some(({ resource }) => resource >= until),
    )
    .toSorted((a, b) => a.number - b.number)
    .map(({ config, until }) => ({ config, resource: until }));
}

/** Encoded configurations with their encoded resource, a row each. */
export function pointsOf(
  space: Space,
  maxResource: number,
  rows: readonly { readonly config: Config; readonly resource: number }[],
): Matrix {
  return fromRows(
    rows.map(({ config, resource }) => [...space.encode(config), encodeResource(resource, maxResource)]),
    space.dimension + 1,
  );
}

/** Coordinates that may be warped: those of numbers. */
export function warpedCoordinates({ parameters, offsets }: Space): number[] {
  return parameters.flatMap(({ type }, k) => (type === 'categorical' ? [] : [offsets[k] ?? 0]));
}
