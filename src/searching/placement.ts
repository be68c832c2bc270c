/** Which bracket a new trial goes to, where that is learned from the trials (scheduling/learned-brackets.ts). */
import { stream } from '../rng.ts';
import { drawBracket } from '../scheduling/brackets.ts';
import { learnedDistribution } from '../scheduling/learned-brackets.ts';
import { allLevels, createScheduler } from '../scheduling/scheduler.ts';
import { type Known, levelTrust } from './level-trust.ts';
import { modelBasedOptions } from './model-options.ts';

/** Where a new trial starts. */
export interface Place {
  /** Of the trial. */
  readonly number: number;
  readonly bracket: number;
  /** The level it may run to first. */
  readonly until: number;
}

/**
 * Moves new trials to the brackets they belong to. They stay where the request for work has drawn a bracket for them while
 * nothing is learned.
 */
export function placement(known: Known): (drawn: Place) => Place {
  const { algorithm, resource, seed } = known.study;
  if (algorithm.type !== 'abohb' || algorithm.bracketDistribution !== 'Learned') return asDrawn;
  const scheduler = createScheduler(known.study);
  const weights = scheduler.brackets.length > 1 ? levelTrust(known, modelBasedOptions(algorithm)) : [];
  if (weights.length === 0) return asDrawn;
  const probabilities = scheduler.brackets.map(({ probability }) => probability);
  const learned = learnedDistribution(probabilities, [...allLevels(scheduler), resource.max], weights);
  return ({ number }) => {
    const bracket = drawBracket(learned, stream(seed, 'learned bracket', number).uniform());
    return { number, bracket, until: scheduler.first(bracket) };
  };
}

const asDrawn = (drawn: Place): Place => drawn;
