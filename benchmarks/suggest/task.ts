/** What a process is asked to time, and what it answers. */
import { isRefused } from '../../cli/command.ts';
import { methodsIn } from '../../cli/simulate/methods.ts';
import type { Algorithm } from '../../src/model.ts';
import type { Figure } from './figures.ts';
import type { Situation } from './history.ts';
import { LEVELS, MAX_RESOURCE } from './objective.ts';
import { SPACES, type SpaceName } from './spaces.ts';

/** More than there are, so that a model sees all of them. */
const MAX_OBSERVATIONS = 5000;

export interface Task {
  /** As `abohb simulate` takes it. */
  readonly algorithm: string;
  readonly space: SpaceName;
  /** How many trials are under way. */
  readonly pending: number;
  readonly observations: number;
  /** Which share of trials goes on to the next level. */
  readonly passing: number;
  readonly seed: number;
  /** A whole run: all suggestions up to that many observations. */
  readonly figure: Figure | 'run';
  /** By what share observations grow between fits; as the algorithm has it when absent. */
  readonly growth?: number | undefined;
  readonly isProfiled?: boolean | undefined;
}

export interface Timed {
  readonly wallMs: number;
  /** Of all threads. */
  readonly cpuMs: number;
}

export interface Measured extends Timed {
  /** The most memory the process ever had, in MiB. */
  readonly peakMiB?: number;
  /** In typed arrays when it was over, in MiB. */
  readonly arraysMiB?: number;
  /** Of a whole run, how many suggestions the time is the mean of. */
  readonly suggestions?: number;
  /** Shares of the time, by what it was spent on. */
  readonly phases?: Readonly<Record<string, number>> | undefined;
  /** As in the task. */
  readonly growth?: number | undefined;
  /** Of the libraries of others. */
  readonly versions?: Readonly<Record<string, string>>;
}

export function algorithmOf({ algorithm, growth }: Task): Algorithm {
  const options = [`maxObservations=${MAX_OBSERVATIONS}`, ...(growth === undefined ? [] : [`refit.growth=${growth}`])];
  const methods = methodsIn([algorithm, ...options].join(':'));
  if (isRefused(methods)) throw new TypeError(methods.refused.join('\n'));
  const [method] = methods;
  if (method === undefined) throw new TypeError('no algorithm is named');
  return method.algorithm;
}

/** Trials are observed at all levels that are compared, where none are at the end only. */
export function situationOf({ algorithm, space, pending, observations, passing, seed }: Task): Situation {
  const levels = algorithm.startsWith('bayesianOptimization') ? [MAX_RESOURCE] : LEVELS;
  return { parameters: SPACES[space], observations, pending, levels, passing, seed };
}
