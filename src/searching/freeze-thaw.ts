/**
 * Freeze-thaw Bayesian optimisation (Swersky et al. 2014, arXiv 1406.3896): trials pause after each quantum of training;
 * a model of their learning curves says which one to go on with, or which new configuration to start instead.
 *
 * The paper fills a basket with the paused trials and new configurations of most expected improvement, and of these runs
 * the one whose next observation tells most about where the least asymptote is. Here the basket holds all paused trials,
 * and the choice is simpler: the most improvement over the best value seen so far that is expected at the maximum
 * resource, per resource that is left to get there. The entropy search of the paper measured worse.
 *
 * Everything is a function of the trials: random draws come from streams named after how many requests were answered,
 * and the hyperparameters were fitted to a number of observations that depends on nothing but how many there are.
 */
import { expectedImprovement } from '../acquisition/expected-improvement.ts';
import { type Expected, expectCurves, expectNew, expectNewAt, type Forecast, forecast } from '../gp/curve-forecast.ts';
import { curveModel } from '../gp/curve-model.ts';
import { isRequest } from '../ledger.ts';
import { fromRows, zeros } from '../linalg/matrix.ts';
import type { Config, FreezeThaw } from '../model.ts';
import { minimize } from '../optimize/lbfgsb.ts';
import type { Objective } from '../optimize/line-search.ts';
import { stream } from '../rng.ts';
import type { Space } from '../space/space.ts';
import { refitSize } from '../surrogate/refit-schedule.ts';
import { subsample } from '../surrogate/subsample.ts';
import { choose, drawCandidates } from './candidates.ts';
import { curvesOf, pendingTimes, type TrialCurves } from './curves.ts';
import { type ConfigObserved, observations } from './evidence.ts';
import { explained } from './explained.ts';
import { fittedCurves } from './fitted-curves.ts';
import { nextInitial } from './initial.ts';
import { randomSearcher, usedKeys } from './random.ts';
import type { Occasion, Searcher, Suggestion } from './searcher.ts';

const REFIT = { always: 40, every: 10 };
const CANDIDATES = 250;

/** So little improvement, in deviations of the values seen, is not worth going on for. */
const LEAST_GAIN = 1e-3;

export function freezeThawSearcher(algorithm: FreezeThaw): Searcher {
  const beliefs = new WeakMap<Occasion, Belief | undefined>();
  /** The same belief serves both questions about an occasion. */
  const beliefOf = (occasion: Occasion): Belief | undefined => {
    if (!beliefs.has(occasion)) beliefs.set(occasion, believe(occasion, algorithm));
    return beliefs.get(occasion);
  };
  return {
    promote(occasion, mayStart) {
      if (mayStart) return isEarly(occasion, algorithm) ? undefined : promising(occasion, beliefOf(occasion));
      return worthwhile(occasion, beliefOf(occasion));
    },
    suggest(occasion) {
      const belief = isEarly(occasion, algorithm) ? undefined : beliefOf(occasion);
      const fresh = belief && newOption(occasion, belief);
      return fresh?.suggestion ?? randomSearcher.suggest(occasion);
    },
  };
}

/** The paused trial that promises more than any new one. */
function promising(occasion: Occasion, belief: Belief | undefined): number | undefined {
  const paused = belief && pausedOption(occasion, belief);
  const fresh = paused && newOption(occasion, belief);
  return fresh && fresh.gain > paused.rate ? undefined : paused?.trial;
}

/** The paused trial to go on with where no new one may be started. */
function worthwhile(occasion: Occasion, belief: Belief | undefined): number | undefined {
  if (belief === undefined) return bestPaused(occasion);
  const paused = pausedOption(occasion, belief);
  return paused && paused.gain > LEAST_GAIN ? paused.trial : undefined;
}

/** Whether there is an initial configuration left to try, or too few were tried for a model. */
function isEarly(occasion: Occasion, { initialRandom }: FreezeThaw): boolean {
  const used = usedKeys(occasion.space, occasion.trials);
  return used.size < initialRandom || nextInitial(occasion, () => used) !== undefined;
}

/** What the model says on an occasion. */
interface Belief {
  readonly known: Forecast;
  readonly curves: TrialCurves;
  /** Minus the expected improvement at the maximum resource, in normalised units. */
  readonly head: ReturnType<typeof expectedImprovement>;
  /** How many requests were answered before: names the streams of chance. */
  readonly request: number;
  /** Found when first asked for. */
  fresh?: Fresh | undefined;
}

/** Undefined without observations, or where the model cannot be computed. */
function believe(occasion: Occasion, algorithm: FreezeThaw): Belief | undefined {
  const { study, space, trials } = occasion;
  const { max } = study.resource;
  const observed = observations(study, trials, 'All');
  const seen = (size: number) => {
    const rng = stream(study.seed, 'subsample', size);
    const kept = subsample(observed.slice(0, size), algorithm.maxObservations, (n, count) => choose(n, count, rng));
    return curvesOf(kept, space, max);
  };
  const values = observed.length === 0 ? undefined : fittedCurves(seen(fitSize(observed)).data, study.seed);
  if (values === undefined) return undefined;
  const request = trials.reduce((sum, { decisions }) => sum + decisions.filter(isRequest).length, 0);
  const curves = seen(observed.length);
  const pending = pendingTimes(study, trials, curves, space);
  const normals = zeros(algorithm.fantasies, 2 * pending.length);
  const chance = stream(study.seed, 'fantasies', request);
  const known = forecast(curveModel(space.dimension).at(values), curves.data, pending, {
    ...normals,
    data: normals.data.map(() => chance.normal()),
  });
  if (known === undefined) return undefined;
  const best = curves.normalized.targets.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const incumbents = new Float64Array(known.columns).fill(best);
  return { known, curves, head: expectedImprovement({ incumbents, margin: 0 }), request };
}

function fitSize(observed: readonly ConfigObserved[]): number {
  return refitSize(
    observed.map(({ resource }) => resource),
    REFIT,
  );
}

interface PausedOption {
  readonly trial: number;
  /** Expected improvement, and the same per share of the maximum resource that is left. */
  readonly gain: number;
  readonly rate: number;
}

/** The paused trial that promises most; undefined when none is. */
function pausedOption({ study, trials }: Occasion, { known, curves, head }: Belief): PausedOption | undefined {
  const expected = expectCurves(known, 1);
  let best: PausedOption | undefined;
  for (const { number, state, until } of trials) {
    const own = state === 'Paused' ? expected[curves.trials.indexOf(number)] : undefined;
    if (own === undefined) continue;
    const gain = -scoreOf(own, head);
    const rate = gain / (1 - until / study.resource.max);
    const option = { trial: number, gain, rate };
    best = best === undefined || isBefore(option, best) ? option : best;
  }
  return best;
}

/** Equals in the order of their numbers. */
function isBefore(a: PausedOption, b: PausedOption): boolean {
  return a.rate === b.rate ? a.trial < b.trial : a.rate > b.rate;
}

function scoreOf({ means, variance }: Expected, head: Belief['head']): number {
  return head({ means, deviation: Math.sqrt(variance) }).value;
}

/** Without a model: the paused trial that got furthest, of those the one with the best value. */
function bestPaused({ study, trials }: Occasion): number | undefined {
  const sign = study.goal === 'Minimize' ? 1 : -1;
  const last = ({ observations: own }: Occasion['trials'][number]) => sign * (own.at(-1)?.value ?? 0);
  const paused = trials.filter(({ state }) => state === 'Paused');
  return paused.toSorted((a, b) => b.until - a.until || last(a) - last(b) || a.number - b.number)[0]?.number;
}

interface Fresh {
  readonly gain: number;
  readonly suggestion: Suggestion;
}

/** The new configuration that promises most; undefined when there is none left. */
function newOption(occasion: Occasion, belief: Belief): Fresh | undefined {
  belief.fresh ??= findNew(occasion, belief);
  return belief.fresh;
}

function findNew(occasion: Occasion, { known, head, request, curves }: Belief): Fresh | undefined {
  const { study, space, trials } = occasion;
  const candidates = candidatesOf(occasion, request);
  const scored = scores(candidates, { known, head, space });
  const best = scored.reduce<Scored | undefined>((a, b) => (a && a.score <= b.score ? a : b), undefined);
  if (best === undefined) return undefined;
  const moved = occasion.candidates ? undefined : improve(best.config, { known, head, space });
  const isNew = moved !== undefined && !usedKeys(space, trials).has(space.key(moved));
  const [found = best] = isNew ? scores([moved], { known, head, space }) : [best];
  const { mean, deviation } = curves.normalized;
  const { means, variance } = found.expected;
  const judged = {
    resource: study.resource.max,
    mean: mean + (deviation * means.reduce((sum, own) => sum + own, 0)) / means.length,
    deviation: deviation * Math.sqrt(variance),
    acquisition: deviation * found.score,
  };
  const why = explained(judged, study.goal, 'ExpectedImprovement');
  return { gain: -found.score, suggestion: { config: found.config, origin: 'Model', ...why } };
}

interface Scored {
  readonly config: Config;
  readonly expected: Expected;
  readonly score: number;
}

type Scoring = Pick<Belief, 'known' | 'head'> & { readonly space: Space };

function scores(configs: readonly Config[], { known, head, space }: Scoring): Scored[] {
  const points = fromRows(
    configs.map((config) => space.encode(config)),
    space.dimension,
  );
  const expected = expectNew(known, points, 1);
  return configs.flatMap((config, i) => {
    const own = expected[i];
    return own ? [{ config, expected: own, score: scoreOf(own, head) }] : [];
  });
}

/** So many of those given, or drawn from the space. */
function candidatesOf({ study, space, trials, candidates }: Occasion, request: number): readonly Config[] {
  const rng = stream(study.seed, 'candidates', request);
  if (candidates === undefined) return drawCandidates(space, usedKeys(space, trials), rng, CANDIDATES);
  const places = choose(candidates.length, Math.min(CANDIDATES, candidates.length), rng);
  return places.flatMap((place) => candidates.slice(place, place + 1));
}

/** A local search ends where no coordinate can gain more, or where a step gains next to nothing. */
const LOCAL_SEARCH = { maxIterations: 100, gradientTolerance: 1e-5, valueTolerance: 1e-9 };

/** The configuration at a local maximum of the expected improvement. */
function improve(start: Config, { known, head, space }: Scoring): Config | undefined {
  const box = {
    lower: Float64Array.from(space.bounds, ([least]) => least),
    upper: Float64Array.from(space.bounds, ([, most]) => most),
  };
  const expectAt = expectNewAt(known, 1);
  const objective: Objective = (x) => {
    const { means, variance, addGradient } = expectAt(x);
    const deviation = Math.sqrt(variance);
    const { value, byMeans, byDeviation } = head({ means, deviation });
    if (!Number.isFinite(value)) return undefined;
    let gradient: Float64Array | undefined;
    const computed = () => {
      const out = new Float64Array(x.length);
      addGradient(byMeans, (0.5 * byDeviation) / deviation, out);
      return out;
    };
    return { value, gradient: () => (gradient ??= computed()) };
  };
  const found = minimize(objective, space.encode(start), box, LOCAL_SEARCH);
  return found && space.decode(found.x);
}
