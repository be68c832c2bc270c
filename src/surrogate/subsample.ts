/**
 * Fewer observations where there are too many for a Gaussian process. Chance is an argument: `choose(n, size)` gives
 * `size` different indexes below n.
 */
import { roundHalfEven } from '../rounding.ts';

export interface Observed {
  readonly trial: number;
  readonly resource: number;
  readonly value: number;
}

export type Choose = (n: number, size: number) => readonly number[];

/**
 * At most `max` observations: all those of trials that got far, from the highest level down. Of the trials that end at
 * the level where the limit is reached, the observations at their lowest levels are left out, of one level only some.
 */
export function subsample<O extends Observed>(observations: readonly O[], max: number, choose: Choose): readonly O[] {
  if (observations.length <= max) return observations;
  const highest = new Map<number, number>();
  for (const { trial, resource } of observations) highest.set(trial, Math.max(resource, highest.get(trial) ?? 0));
  const kept: O[] = [];
  for (const level of descending(highest.values())) {
    const group = observations.filter(({ trial }) => highest.get(trial) === level);
    kept.push(...upperLevels(group, max - kept.length, choose));
    if (kept.length >= max) break;
  }
  return kept;
}

/** The observations of a group at its highest levels; of the last level that fits in part, some. */
function upperLevels<O extends Observed>(group: readonly O[], room: number, choose: Choose): readonly O[] {
  if (group.length <= room) return group;
  const kept: O[] = [];
  for (const level of descending(group.map(({ resource }) => resource))) {
    const own = group.filter(({ resource }) => resource === level);
    const left = room - kept.length;
    if (own.length < left) kept.push(...own);
    else return [...kept, ...pick(own, choose(own.length, left))];
  }
  return kept;
}

function descending(levels: Iterable<number>): number[] {
  return [...new Set(levels)].sort((a, b) => b - a);
}

function pick<O>(from: readonly O[], indexes: readonly number[]): O[] {
  return indexes.flatMap((i) => from.slice(i, i + 1));
}

/** The best quarter of so many observations as are kept, and some of the others. `value`: the smaller the better. */
export function subsampleBest<O extends { readonly value: number }>(
  observations: readonly O[],
  max: number,
  choose: Choose,
): readonly O[] {
  if (observations.length <= max) return observations;
  const sorted = observations.toSorted((a, b) => a.value - b.value);
  const best = roundHalfEven(BEST_SHARE * max);
  const rest = sorted.slice(best);
  return [...sorted.slice(0, best), ...pick(rest, choose(rest.length, max - best))];
}

const BEST_SHARE = 0.25;

/**
 * Thins curves observed at every resource: of each trial's observations between two rung levels only the highest stays.
 * Observations go from the highest resource down, until no more than `max` are left.
 *
 * `levels`: rung levels in increasing order.
 */
export function thin<O extends Observed>(
  observations: readonly O[],
  max: number,
  levels: readonly number[],
): readonly O[] {
  const surplus = observations.length - max;
  const seen = new Set<string>();
  const dropped = new Set<O>();
  for (const own of observations.toSorted((a, b) => b.resource - a.resource || b.trial - a.trial)) {
    if (dropped.size >= surplus) break;
    const bucket = `${own.trial},${levels.filter((level) => level < own.resource).length}`;
    if (seen.has(bucket)) dropped.add(own);
    seen.add(bucket);
  }
  return observations.filter((own) => !dropped.has(own));
}
