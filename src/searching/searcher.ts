import type { AlgorithmOf, Config, Origin, Proposal, Study, Trial } from '../model.ts';
import type { Space } from '../space/space.ts';
import { bohbSearcher } from './bohb.ts';
import { evolutionSearcher } from './evolution.ts';
import { freezeThawSearcher } from './freeze-thaw.ts';
import { modelBasedSearcher } from './model-based.ts';
import { modelBasedOptions } from './model-options.ts';
import { randomSearcher } from './random.ts';

/** What a suggestion is made from. */
export interface Occasion {
  readonly study: Study;
  /** The study's space. */
  readonly space: Space;
  /** All trials so far. */
  readonly trials: readonly Trial[];
  /** Of the trial to start: random draws come from the streams of this number. */
  readonly number: number;
  /** The level the trial may run to first. */
  readonly until: number;
  /** Configurations to choose from, none of them tried yet; the whole space when absent. */
  readonly candidates?: readonly Config[] | undefined;
}

export interface Suggestion {
  readonly config: Config;
  readonly origin: Origin;
  /** Why, where a model proposed it. */
  readonly proposal?: Proposal | undefined;
}

/** Finds configurations. The same occasion gives the same suggestion. */
export interface Searcher {
  /**
   * The paused trial that should go on rather than a new one be started; undefined when a new one should. Where none may
   * be started: undefined when no paused trial is worth going on with. Absent where the scheduler promotes.
   */
  promote?(occasion: Occasion, mayStart: boolean): number | undefined;
  /** A configuration no trial has; undefined when there is none left. */
  suggest(occasion: Occasion): Suggestion | undefined;
}

/** Where each algorithm's configurations come from. */
const SEARCHERS: { readonly [T in keyof AlgorithmOf]: (algorithm: AlgorithmOf[T]) => Searcher } = {
  abohb: (algorithm) => modelBasedSearcher(modelBasedOptions(algorithm)),
  asynchronousHyperband: () => randomSearcher,
  bayesianOptimization: (algorithm) =>
    modelBasedSearcher(modelBasedOptions({ ...algorithm, kernel: 'Matern52', acquisitionLevel: 'Final' })),
  bohb: () => bohbSearcher,
  freezeThaw: freezeThawSearcher,
  hyperband: () => randomSearcher,
  randomSearch: () => randomSearcher,
  regularizedEvolution: evolutionSearcher,
};

/** The searcher of an algorithm. */
export function createSearcher<T extends keyof AlgorithmOf>(algorithm: AlgorithmOf[T]): Searcher {
  return SEARCHERS[algorithm.type](algorithm);
}
