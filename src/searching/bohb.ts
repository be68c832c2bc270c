import { observationAt } from '../ledger.ts';
import { fromRows } from '../linalg/matrix.ts';
import type { Config, Goal, Trial } from '../model.ts';
import { type Rng, stream } from '../rng.ts';
import { isBetter } from '../scheduling/rungs.ts';
import type { Space } from '../space/space.ts';
import { badness, type Density, density, goodCount, probability } from './density.ts';
import { features, featureTypes } from './density-features.ts';
import { rounded } from './explained.ts';
import { honestReports, isFaulty } from './faults.ts';
import { randomSearcher, usedKeys } from './random.ts';
import type { Occasion, Searcher, Suggestion } from './searcher.ts';

const RANDOM_SHARE = 1 / 3;
/** The best so many count as good. */
const PERCENT = 15;
const LEAST_BANDWIDTH = 0.1;
const DRAWS = 64;
/** How far from a good configuration others are drawn, in bandwidths. */
const WIDENING = 3;

/**
 * BOHB (Falkner et al. 2018, arXiv 1807.01774): at the highest level with enough results, a density of the good ones and
 * one of the others; of configurations drawn around good ones, the one where their ratio is best. A third are random.
 */
export const bohbSearcher: Searcher = {
  suggest(occasion) {
    const { study, space, trials, number, candidates } = occasion;
    const rng = stream(study.seed, 'densities', number);
    const model = rng.uniform() < RANDOM_SHARE ? undefined : modelOf(trials, space, study.goal);
    if (model === undefined) return randomSearcher.suggest(occasion);
    const pool = candidates ? densest(candidates, model, space) : drawn(model, occasion, rng);
    return bestOf(pool, model, space) ?? randomSearcher.suggest(occasion);
  },
};

interface Result {
  readonly config: Config;
  readonly value: number;
}

interface Model {
  /** Of the results. */
  readonly level: number;
  readonly good: Density;
  readonly bad: Density;
  /** The configurations of `good`, in its order. */
  readonly configs: readonly Config[];
}

/** Undefined while no level has enough results. */
function modelOf(trials: readonly Trial[], space: Space, goal: Goal): Model | undefined {
  const dimension = space.parameters.length;
  for (const level of levelsOf(trials)) {
    const results = resultsAt(trials, level);
    const count = goodCount(results.length, { percent: PERCENT, least: dimension + 1, dimension });
    if (count === undefined) continue;
    const configs = results.toSorted((a, b) => order(a, b, goal)).map(({ config }) => config);
    // Failures change neither which level is looked at nor what is good there.
    const [good, bad] = [configs.slice(0, count), [...configs.slice(count), ...failuresAt(trials, level)]];
    return { level, good: densityOf(good, space), bad: densityOf(bad, space), configs: good };
  }
  return undefined;
}

function densityOf(configs: readonly Config[], space: Space): Density {
  const data = fromRows(configs.map((config) => [...features(space, config)]));
  return density(featureTypes(space), data, LEAST_BANDWIDTH);
}

/** Where something was decided, the highest first. */
function levelsOf(trials: readonly Trial[]): readonly number[] {
  const levels = trials.flatMap(({ decisions }) => decisions.flatMap(({ level = 0 }) => (level > 0 ? [level] : [])));
  return [...new Set(levels)].sort((a, b) => b - a);
}

function resultsAt(trials: readonly Trial[], level: number): readonly Result[] {
  return trials.flatMap((trial) => {
    const observation = observationAt({ ...trial, observations: honestReports(trial) }, level);
    return observation ? [{ config: trial.config, value: observation.value }] : [];
  });
}

/** Configurations that failed their trials before this level. */
function failuresAt(trials: readonly Trial[], level: number): readonly Config[] {
  const failed = trials.filter((trial) => isFaulty(trial) && (honestReports(trial).at(-1)?.resource ?? 0) < level);
  return failed.map(({ config }) => config);
}

function order(a: Result, b: Result, goal: Goal): number {
  if (a.value === b.value) return 0;
  return isBetter(a.value, b.value, goal) ? -1 : 1;
}

function bestOf(pool: readonly Config[], { level, good, bad }: Model, space: Space): Suggestion | undefined {
  let least = Number.POSITIVE_INFINITY;
  let config: Config | undefined;
  for (const other of pool) {
    const score = badness(good, bad, features(space, other));
    if (score < least) [least, config] = [score, other];
  }
  return config && { config, origin: 'Model', proposal: { level, acquisition: rounded(1 / least) } };
}

/** As many candidates as would be drawn: those where good configurations are densest. */
function densest(candidates: readonly Config[], { good }: Model, space: Space): readonly Config[] {
  const scored = candidates.map((config) => ({ config, density: probability(good, features(space, config)) }));
  return scored
    .sort((a, b) => b.density - a.density)
    .slice(0, DRAWS)
    .map(({ config }) => config);
}

/** Unused configurations around good ones. */
function drawn(model: Model, { space, trials }: Occasion, rng: Rng): readonly Config[] {
  const used = usedKeys(space, trials);
  const all = Array.from({ length: DRAWS }, () => around(model, space, rng));
  return all.filter((config) => !used.has(space.key(config)));
}

function around({ good, configs }: Model, space: Space, rng: Rng): Config {
  const u = space.encode(configs[rng.int(configs.length)] ?? {});
  for (const [i, parameter] of space.parameters.entries()) {
    const own = u.subarray(space.offsets[i], space.offsets[i + 1]);
    const bandwidth = good.bandwidths[i] ?? LEAST_BANDWIDTH;
    if ('values' in parameter) redraw(own, bandwidth, rng);
    else own[0] = truncatedNormal(own[0] ?? 0, WIDENING * bandwidth, rng);
  }
  return space.decode(u);
}

/** With this probability any value. u: the coordinates of one parameter. */
function redraw(u: Float64Array, probability: number, rng: Rng): void {
  if (rng.uniform() >= probability) return;
  for (const j of u.keys()) u[j] = rng.uniform();
}

/** On [0, 1], around a mean in it: half of the draws and more fall inside unless the deviation is far above 1. */
function truncatedNormal(mean: number, deviation: number, rng: Rng): number {
  for (let draw = 0; draw < DRAWS; draw++) {
    const x = mean + deviation * rng.normal();
    if (x >= 0 && x <= 1) return x;
  }
  return mean;
}
