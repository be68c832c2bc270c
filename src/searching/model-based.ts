/**
 * Configurations proposed by a Gaussian process over configurations and resources (Klein et al. 2020, "Model-based
 * Asynchronous Hyperparameter and Neural Architecture Search"): random ones first; then, of many random candidates the
 * most promising, moved to a local optimum of the acquisition.
 *
 * Everything is a function of the trials: random draws come from streams named after the trial to start, and the
 * hyperparameters were fitted to a number of observations that depends on nothing but how many there are.
 */

import type { Belief } from '../acquisition/head.ts';
import { at, fromRows, type Matrix, row } from '../linalg/matrix.ts';
import type { Config } from '../model.ts';
import { type Box, minimize } from '../optimize/lbfgsb.ts';
import type { Objective } from '../optimize/line-search.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource, type Space } from '../space/space.ts';
import { acquisitionResource } from '../surrogate/acquisition-resource.ts';
import { beliefs, type Surrogate } from '../surrogate/surrogate.ts';
import { choose, drawCandidates, rank } from './candidates.ts';
import { learnedCost } from './cost.ts';
import { type ConfigObserved, observations, pointsOf } from './evidence.ts';
import { explained } from './explained.ts';
import { nextInitial } from './initial.ts';
import { modelFor, surrogateOf } from './learned-model.ts';
import { trustedEnsemble } from './level-trust.ts';
import { isPerCost, type Merit, meritOf } from './merit.ts';
import type { ModelBasedOptions } from './model-options.ts';
import { randomSearcher, usedKeys } from './random.ts';
import type { Occasion, Searcher } from './searcher.ts';

/** A configuration from the model, and why. */
export interface Proposal {
  readonly config: Config;
  /** Where it was compared with others, and what the model says of it there: in units of the metric, to be minimised. */
  readonly resource: number;
  readonly mean: number;
  readonly deviation: number;
  /** Of the acquisition, to be minimised. */
  readonly acquisition: number;
}

export function modelBasedSearcher(options: ModelBasedOptions): Searcher {
  return {
    suggest(occasion) {
      const proposal = isEarly(occasion, options) ? undefined : propose(occasion, options);
      if (proposal === undefined) return randomSearcher.suggest(occasion);
      const { goal } = occasion.study;
      return { config: proposal.config, origin: 'Model', ...explained(proposal, goal, options.acquisition) };
    },
  };
}

/** Whether there is an initial configuration left to try, or too few were tried for a model. */
function isEarly(occasion: Occasion, { initialRandom }: ModelBasedOptions): boolean {
  const used = usedKeys(occasion.space, occasion.trials);
  return used.size < initialRandom || nextInitial(occasion, () => used) !== undefined;
}

/** Undefined without observations, without candidates, or where the model cannot be computed. */
export function propose(occasion: Occasion, options: ModelBasedOptions): Proposal | undefined {
  const { study, space, trials, number, until } = occasion;
  const observed = observations(study, trials, options.observations);
  if (observed.length === 0) return undefined;
  const resource = comparisonResource(observed, until, study.resource.max, options);
  const model = modelFor(occasion, observed, options);
  const code = encodeResource(resource, study.resource.max);
  const own = surrogateOf(model, observed, occasion, { ...options, code });
  if (own === undefined) return undefined;
  const known = options.ensemble ? { ...own, ...trustedEnsemble(occasion, options) } : own;
  const cost = isPerCost(options.acquisition) ? learnedCost(space, trials) : undefined;
  const meritFor = (surrogate: Surrogate) => meritOf(surrogate, code, cost, options);
  const { score, objective } = meritFor(known);
  const candidates = candidatesOf(occasion, options.candidates);
  const points = pointsOf(
    space,
    study.resource.max,
    candidates.map((config) => ({ config, resource })),
  );
  const best = isDrawn(occasion, options)
    ? leastDrawn(beliefs(known, points), stream(study.seed, 'rank', number))
    : mostPromising(known, points, meritFor);
  const candidate = best === undefined ? undefined : candidates[best];
  if (best === undefined || candidate === undefined) return undefined;
  const config = occasion.candidates ? candidate : improved(objective, row(points, best), { candidate, occasion });
  const point = pointsOf(space, study.resource.max, [{ config, resource }]);
  const [belief] = beliefs(known, point);
  if (belief === undefined) return undefined;
  const { deviation } = belief;
  return { config, resource, mean: average(belief.means), deviation, acquisition: score(belief, row(point, 0)) };
}

/** Of configurations to choose from so many are looked at. */
const MOST_LISTED = 500;

/** Those given, or so many drawn from the space. */
function candidatesOf({ study, space, trials, number, candidates }: Occasion, count: number): readonly Config[] {
  const rng = stream(study.seed, 'candidates', number);
  if (candidates === undefined) return drawCandidates(space, usedKeys(space, trials), rng, count);
  const places = choose(candidates.length, Math.min(MOST_LISTED, candidates.length), rng);
  return places.map((place) => candidates[place]).filter((config) => config !== undefined);
}

function comparisonResource(
  observed: readonly ConfigObserved[],
  first: number,
  last: number,
  { resource, enough }: ModelBasedOptions,
): number {
  if (resource === 'Final') return last;
  return resource === 'First'
    ? first
    : acquisitionResource(
        observed.map((own) => own.resource),
        enough,
      );
}

/** A local search ends where no coordinate can gain more, or where a step gains next to nothing. */
const LOCAL_SEARCH = { maxIterations: 1000, gradientTolerance: 1e-5, valueTolerance: 1e-9 };

interface Candidate {
  readonly candidate: Config;
  readonly occasion: Occasion;
}

/** The configuration at a local minimum of the acquisition, from a candidate's point; the candidate where that is not new. */
function improved(objective: Objective, start: Float64Array, { candidate, occasion }: Candidate): Config {
  const { space, trials } = occasion;
  const found = minimize(objective, start, boxOf(space, at(start, start.length - 1)), LOCAL_SEARCH);
  const config = found && space.decode(found.x);
  return config === undefined || usedKeys(space, trials).has(space.key(config)) ? candidate : config;
}

/** The space, at one encoded resource. */
function boxOf({ bounds }: Space, code: number): Box {
  return {
    lower: Float64Array.from([...bounds.map(([least]) => least), code]),
    upper: Float64Array.from([...bounds.map(([, most]) => most), code]),
  };
}

/** Whether candidates are ranked by a draw from the posterior, which knows nothing of cost. */
function isDrawn({ candidates }: Occasion, { ranking, acquisition }: ModelBasedOptions): boolean {
  return candidates === undefined && ranking === 'Draw' && !isPerCost(acquisition);
}

/** The place of the least draw: one for each column of fantasies, averaged. */
function leastDrawn(known: readonly Belief[], rng: Rng): number | undefined {
  return rank(known, ({ means, deviation }) => average(means.map((mean) => mean + deviation * rng.normal())))[0];
}

/** So many points are looked at with all fantasies, those that are the most promising with their mean. */
const FINALISTS = 32;

/** The place of the point with the least score. */
function mostPromising(
  known: Surrogate,
  points: Matrix,
  meritFor: (surrogate: Surrogate) => Merit,
): number | undefined {
  const ranked = (surrogate: Surrogate, at: Matrix) => {
    const { score } = meritFor(surrogate);
    return rank(beliefs(surrogate, at), (belief, i) => score(belief, row(at, i)));
  };
  const rough = ranked({ ...known, process: known.process.averaged() }, points).slice(0, FINALISTS);
  const finalists = fromRows(
    rough.map((place) => row(points, place)),
    points.columns,
  );
  return rough[ranked(known, finalists)[0] ?? 0];
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
