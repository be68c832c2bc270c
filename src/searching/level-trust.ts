/**
 * How far the model of each rung level is to be trusted, from a study's trials (surrogate/level-weights.ts).
 *
 * It depends on the observations up to the last one at the highest level with enough of them: what is observed at lower
 * levels later changes nothing, so that a fit is of use for long.
 */
import type { Member } from '../gp/ensemble.ts';
import { modelOf } from '../gp/model.ts';
import { JOINT_KERNELS } from '../kernels/registry.ts';
import { at, fromRows, row } from '../linalg/matrix.ts';
import { stream } from '../rng.ts';
import type { LevelWeight } from '../scheduling/learned-brackets.ts';
import { allLevels, createScheduler } from '../scheduling/scheduler.ts';
import { encodeResource } from '../space/space.ts';
import { fittedValues } from '../surrogate/fitted.ts';
import { levelLosses } from '../surrogate/level-losses.ts';
import { isTrusted, levelWeights } from '../surrogate/level-weights.ts';
import { subsample } from '../surrogate/subsample.ts';
import { normalize } from '../surrogate/targets.ts';
import { choose } from './candidates.ts';
import { type ConfigObserved, observations, pointsOf, warpedCoordinates } from './evidence.ts';
import type { Occasion } from './searcher.ts';

/** What trust is learned from. */
export type Known = Pick<Occasion, 'study' | 'space' | 'trials'>;

export interface TrustOptions {
  /** Whether coordinates of numbers are warped. */
  readonly warping: boolean;
  /** With more observations than this a part of them is looked at. */
  readonly maxObservations: number;
  readonly starts: number;
  readonly maxIterations: number;
}

/** A level with fewer observations is not weighed: neither would its model be one, nor a ranking mean much. */
const ENOUGH = 6;

/** Draws from each level's posterior. */
const DRAWS = 50;

/** The weights of levels, ascending; none while fewer than two have enough observations. */
export function levelTrust(known: Known, options: TrustOptions): readonly LevelWeight[] {
  const all = settled(atRungs(known));
  const rng = stream(known.study.seed, 'subsample levels', all.length);
  const observed = subsample(all, options.maxObservations, (n, count) => choose(n, count, rng));
  const levels = filledLevels(observed);
  if (levels.length < 2) return [];
  const weighed = observed.filter(({ resource }) => levels.includes(resource));
  const losses = lossesOf(known, levels, weighed, options);
  return losses === undefined ? [] : levelWeights(losses).map((weight, k) => ({ level: levels[k] ?? 0, weight }));
}

/** What predicts together: the levels that can be trusted. Nothing while none is weighed. */
export function trustedEnsemble(known: Known, options: TrustOptions): { readonly ensemble?: readonly Member[] } {
  const { max } = known.study.resource;
  const trusted = levelTrust(known, options).filter(({ weight }) => isTrusted(weight));
  const ensemble = trusted.map(({ level, weight }) => ({ code: encodeResource(level, max), weight }));
  return ensemble.length > 0 ? { ensemble } : {};
}

/** Of each trial at each rung, and at the maximum, the first observation that is not at the next one yet. */
function atRungs({ study, trials }: Known): readonly ConfigObserved[] {
  const levels = [...allLevels(createScheduler(study)), study.resource.max];
  const found = new Set<string>();
  return observations(study, trials, 'All').flatMap((own) => {
    const level = levels.findLast((other) => other <= own.resource);
    const place = `${own.trial} at ${level}`;
    if (level === undefined || found.has(place)) return [];
    found.add(place);
    return [{ ...own, resource: level }];
  });
}

/** Those up to the last at the highest level with enough of them. */
function settled(observed: readonly ConfigObserved[]): readonly ConfigObserved[] {
  const highest = filledLevels(observed).at(-1);
  return observed.slice(0, observed.findLastIndex(({ resource }) => resource === highest) + 1);
}

/** Levels with enough observations, ascending. */
function filledLevels(observed: readonly ConfigObserved[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { resource } of observed) counts.set(resource, (counts.get(resource) ?? 0) + 1);
  return [...counts.keys()].filter((level) => (counts.get(level) ?? 0) >= ENOUGH).sort((a, b) => a - b);
}

/** Ranking losses of each level, from a fit to these observations. */
function lossesOf(
  { study, space }: Known,
  levels: readonly number[],
  observed: readonly ConfigObserved[],
  options: TrustOptions,
): readonly Float64Array[] | undefined {
  const { seed, resource } = study;
  const { warping, starts, maxIterations } = options;
  const warped = warping ? warpedCoordinates(space) : [];
  const domain = { dimension: space.dimension, warped, maxResource: resource.max, levels };
  const model = modelOf(JOINT_KERNELS.IndependentPerLevel(domain));
  const points = pointsOf(space, resource.max, observed);
  const values = Float64Array.from(observed, ({ value }) => value);
  const identity = [seed, resource.max, 'levels', String(warping), starts, maxIterations];
  const rng = stream(seed, 'fit levels', observed.length);
  const fitted = fittedValues(model, [() => ({ model, points, values, identity, rng, isAnew: true })], options);
  const { targets } = normalize(values);
  const data = levels.map((level) => {
    const places = [...observed.keys()].filter((i) => observed[i]?.resource === level);
    return {
      points: fromRows(places.map((i) => row(points, i))),
      targets: Float64Array.from(places, (i) => at(targets, i)),
    };
  });
  const draws = { count: DRAWS, rng: stream(seed, 'weigh levels', observed.length) };
  return fitted && levelLosses(model.at(fitted), data, draws);
}
