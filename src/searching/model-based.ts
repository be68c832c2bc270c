/**
 * Configurations proposed by a Gaussian process over configurations and resources (Klein et al. 2020, "Model-based
 * Asynchronous Hyperparameter and Neural Architecture Search"): random ones first; then, of many random candidates the
 * most promising, moved to a local optimum of the acquisition.
 *
 * Everything is a function of the trials: random draws come from streams named after the trial to start, and the
 * hyperparameters were fitted to a number of observations that depends on nothing but how many there are.
 */

import { type Model, modelOf } from '../gp/model.ts';
import { JOINT_KERNELS, type JointKernelName } from '../kernels/registry.ts';
import { at, row, zeros } from '../linalg/matrix.ts';
import type { Config, Proposing, Seeing, Trusting } from '../model.ts';
import { minimize } from '../optimize/lbfgsb.ts';
import type { Objective } from '../optimize/line-search.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource, type Space } from '../space/space.ts';
import { acquisitionResource } from '../surrogate/acquisition-resource.ts';
import { fittedValues } from '../surrogate/fitted.ts';
import { type RefitSchedule, refitSize } from '../surrogate/refit-schedule.ts';
import { type Growth, type Refit, refitsUpTo } from '../surrogate/refits.ts';
import { subsample } from '../surrogate/subsample.ts';
import { beliefs, type Surrogate, surrogate } from '../surrogate/surrogate.ts';
import { clipWorst } from '../surrogate/targets.ts';
import { choose, drawCandidates, rank } from './candidates.ts';
import { learnedCost } from './cost.ts';
import {
  type ConfigObserved,
  observations,
  parameterOfCoordinates,
  pendingEvaluations,
  pointsOf,
  type Where,
  type Which,
  warpedCoordinates,
} from './evidence.ts';
import { explained } from './explained.ts';
import { nextInitial } from './initial.ts';
import { trustedEnsemble } from './level-trust.ts';
import { isPerCost, type Merit, type MeritOptions, meritOf } from './merit.ts';
import { randomSearcher, usedKeys } from './random.ts';
import type { Occasion, Searcher } from './searcher.ts';

export interface ModelBasedOptions extends MeritOptions {
  readonly kernel: JointKernelName;
  /** Whether all levels that can be trusted predict together; with a kernel that is independent between levels. */
  readonly ensemble: boolean;
  /** Whether coordinates of numbers are warped. */
  readonly warping: boolean;
  /** Where configurations are compared: the highest level with `enough` observations, the trial's first, or the last. */
  readonly resource: 'Data' | 'First' | 'Final';
  readonly enough: number;
  /** Which observations the model sees. */
  readonly observations: Which;
  /** Where trials under way are being evaluated. */
  readonly pending: Where;
  /** So many different configurations before the first from the model. */
  readonly initialRandom: number;
  /** How many draws stand for what is pending; 0 leaves pending evaluations out. */
  readonly fantasies: number;
  /** With more observations than this the model sees a part of them. */
  readonly maxObservations: number;
  /** As they are, or with the worst ones cut off. */
  readonly values: 'AsObserved' | 'Clipped';
  readonly refit: Growth | RefitSchedule;
  readonly starts: number;
  readonly maxIterations: number;
  readonly candidates: number;
  /** How candidates are ranked: by a draw from the posterior, or by the acquisition. */
  readonly ranking: 'Draw' | 'Acquisition';
}

export const MODEL_BASED_DEFAULTS: ModelBasedOptions = {
  kernel: 'ExpDecaySum',
  ensemble: false,
  warping: false,
  acquisition: 'ExpectedImprovement',
  margin: 0.01,
  kappa: 1,
  costExponent: 1,
  resource: 'Data',
  enough: 3,
  observations: 'All',
  pending: 'NextRung',
  initialRandom: 6,
  fantasies: 20,
  maxObservations: 500,
  values: 'AsObserved',
  refit: { growth: 0.1 },
  starts: 2,
  maxIterations: 50,
  candidates: 250,
  ranking: 'Draw',
};

/** What a study chooses, and the defaults for the rest. */
export function modelBasedOptions(chosen: Proposing & Seeing & Trusting): ModelBasedOptions {
  const { kernel, inputWarping, acquisition, acquisitionLevel, fantasies, initialRandom, maxObservations } = chosen;
  const { observations: which = MODEL_BASED_DEFAULTS.observations, pending = MODEL_BASED_DEFAULTS.pending } = chosen;
  const { confidence: kappa = MODEL_BASED_DEFAULTS.kappa, costExponent = MODEL_BASED_DEFAULTS.costExponent } = chosen;
  const { ensemble = MODEL_BASED_DEFAULTS.ensemble } = chosen;
  const refit = scheduleOf(chosen.refit) ?? MODEL_BASED_DEFAULTS.refit;
  const seen = { observations: which, pending, ensemble, refit };
  const options = { kernel, acquisition, kappa, costExponent, fantasies, initialRandom, maxObservations, ...seen };
  return { ...MODEL_BASED_DEFAULTS, ...options, warping: inputWarping, resource: acquisitionLevel };
}

function scheduleOf({ growth, period }: NonNullable<Proposing['refit']> = {}): RefitSchedule | undefined {
  return growth === undefined ? period : { growth };
}

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
  const { score, objective } = meritOf(known, code, () => learnedCost(space, trials), options);
  const candidates = candidatesOf(occasion, options.candidates);
  const points = pointsOf(
    space,
    study.resource.max,
    candidates.map((config) => ({ config, resource })),
  );
  const order = orderOf(score, options, stream(study.seed, 'rank', number));
  const ranked = rank(beliefs(known, points), (belief, i) => order(belief, row(points, i)));
  const best = ranked[0];
  const candidate = best === undefined ? undefined : candidates[best];
  if (best === undefined || candidate === undefined) return undefined;
  const improved = occasion.candidates ? undefined : improve(objective, row(points, best), space);
  const isNew = improved !== undefined && !usedKeys(space, trials).has(space.key(improved));
  const config = isNew ? improved : candidate;
  const point = pointsOf(space, study.resource.max, [{ config, resource }]);
  const [belief] = beliefs(known, point);
  if (belief === undefined) return undefined;
  const { deviation } = belief;
  return { config, resource, mean: average(belief.means), deviation, acquisition: score(belief, row(point, 0)) };
}

/** So many of those given, or drawn from the space. */
function candidatesOf({ study, space, trials, number, candidates }: Occasion, count: number): readonly Config[] {
  const rng = stream(study.seed, 'candidates', number);
  if (candidates === undefined) return drawCandidates(space, usedKeys(space, trials), rng, count);
  const places = choose(candidates.length, Math.min(count, candidates.length), rng);
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

function modelFor({ space, study }: Occasion, observed: readonly ConfigObserved[], options: ModelBasedOptions): Model {
  const kernel = JOINT_KERNELS[options.kernel]({
    dimension: space.dimension,
    warped: options.warping ? warpedCoordinates(space) : [],
    parameterOf: parameterOfCoordinates(space),
    maxResource: study.resource.max,
    levels: [...new Set(observed.map(({ resource }) => resource))].sort((a, b) => a - b),
  });
  return modelOf(kernel);
}

function refitsOf(observed: readonly ConfigObserved[], refit: ModelBasedOptions['refit']): readonly Refit[] {
  if ('growth' in refit) return refitsUpTo(observed.length, refit.growth);
  const resources = observed.map(({ resource }) => resource);
  return [{ size: refitSize(resources, refit), isAnew: true }];
}

function surrogateOf(
  model: Model,
  observed: readonly ConfigObserved[],
  occasion: Occasion,
  options: ModelBasedOptions & { readonly code: number },
): Surrogate | undefined {
  const { study, space, trials, number } = occasion;
  const { max } = study.resource;
  /** What the model sees of the first `size` observations. */
  const seen = (size: number) => {
    const rng = stream(study.seed, 'subsample', size);
    const kept = subsample(observed.slice(0, size), options.maxObservations, (n, count) => choose(n, count, rng));
    const values = Float64Array.from(kept, ({ value }) => value);
    return { points: pointsOf(space, max, kept), values: options.values === 'Clipped' ? clipWorst(values) : values };
  };
  const { kernel, warping, starts, maxIterations } = options;
  const identity = [study.seed, max, kernel, String(warping), starts, maxIterations];
  const fits = refitsOf(observed, options.refit).map(({ size, isAnew }) => () => ({
    ...seen(size),
    model: modelFor(occasion, observed.slice(0, size), options),
    identity: [...identity, String(isAnew), size],
    rng: stream(study.seed, 'fit', size),
    isAnew,
  }));
  const values = fittedValues(model, fits, options);
  if (values === undefined) return undefined;
  const pending = options.fantasies === 0 ? [] : pendingEvaluations(study, trials, options.pending);
  const evidence = { ...seen(observed.length), pending: pointsOf(space, max, pending), alsoAt: [options.code] };
  const normals = zeros(options.fantasies, pending.length);
  const chance = stream(study.seed, 'fantasies', number);
  return surrogate(model.at(values), evidence, { ...normals, data: normals.data.map(() => chance.normal()) });
}

/** A local search ends where no coordinate can gain more, or where a step gains next to nothing. */
const LOCAL_SEARCH = { maxIterations: 1000, gradientTolerance: 1e-5, valueTolerance: 1e-9 };

/** The configuration at a local minimum of the acquisition, from a point whose resource stays. */
function improve(objective: Objective, start: Float64Array, space: Space): Config | undefined {
  const code = at(start, start.length - 1);
  const box = {
    lower: Float64Array.from([...space.bounds.map(([least]) => least), code]),
    upper: Float64Array.from([...space.bounds.map(([, most]) => most), code]),
  };
  const found = minimize(objective, start, box, LOCAL_SEARCH);
  return found && space.decode(found.x);
}

/** A draw from the posterior for each column of fantasies, averaged; or the acquisition: a draw knows nothing of cost. */
function orderOf(score: Merit['score'], { ranking, acquisition }: ModelBasedOptions, rng: Rng): Merit['score'] {
  if (ranking === 'Acquisition' || isPerCost(acquisition)) return score;
  return ({ means, deviation }) => average(means.map((mean) => mean + deviation * rng.normal()));
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
