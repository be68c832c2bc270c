import type { Algorithm, Config, Origin, Study, Trial } from '../model.ts';
import type { Space } from '../space/space.ts';
import { bohbSearcher } from './bohb.ts';
import { evolutionSearcher } from './evolution.ts';
import { modelBasedOptions, modelBasedSearcher } from './model-based.ts';
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
}

/** Finds configurations. The same occasion gives the same suggestion. */
export interface Searcher {
  /** A configuration no trial has; undefined when there is none left. */
  suggest(occasion: Occasion): Suggestion | undefined;
}

/** The searcher of an algorithm. */
export function createSearcher(algorithm: Algorithm): Searcher {
  switch (algorithm.type) {
    case 'abohb':
      return modelBasedSearcher(modelBasedOptions(algorithm));
    case 'bayesianOptimization':
      return modelBasedSearcher(modelBasedOptions({ ...algorithm, kernel: 'Matern52', acquisitionLevel: 'Final' }));
    case 'bohb':
      return bohbSearcher;
    case 'asynchronousHyperband':
    case 'hyperband':
    case 'randomSearch':
      return randomSearcher;
    case 'regularizedEvolution':
      return evolutionSearcher(algorithm);
  }
}
