/** The trials of a simulated run: what was proposed, why, and what became of it. */
import { observationAt } from '../../src/ledger.ts';
import type { Config, Origin, Proposal, Trial, TrialState } from '../../src/model.ts';
import type { Outcome } from '../../src/simulate/simulate.ts';
import type { RunOf } from './runs.ts';

/** One trial, a line of JSON. */
export interface Traced extends Omit<RunOf, 'horizon'> {
  readonly trial: number;
  /** When it was started, in mean full trainings per worker. */
  readonly at: number;
  readonly config: Config;
  readonly bracket: number;
  readonly origin: Origin | undefined;
  /** Absent where no model proposed the configuration. */
  readonly proposal: Proposal | undefined;
  readonly result: {
    /** When time was up. */
    readonly state: TrialState;
    /** The resource it was trained for, and the value there. */
    readonly reached: number;
    readonly value: number | undefined;
    /** The value at the proposal's level, to hold against the prediction; absent where it did not get there. */
    readonly atLevel: number | undefined;
  };
}

const DECIMALS = 4;

export function tracedTrials({ table, method, seed, workers }: RunOf, outcome: Outcome): readonly Traced[] {
  return outcome.trials.map((trial, i) => ({
    ...{ table, method, seed, workers },
    trial: trial.number,
    at: Number((outcome.startTimes[i] ?? 0).toFixed(DECIMALS)),
    config: trial.config,
    bracket: trial.bracket,
    origin: trial.origin,
    proposal: trial.proposal,
    result: resultOf(trial),
  }));
}

function resultOf(trial: Trial): Traced['result'] {
  const { state, observations, proposal } = trial;
  const last = observations.at(-1);
  const atLevel = proposal && observationAt(trial, proposal.level)?.value;
  return { state, reached: last?.resource ?? 0, value: last?.value, atLevel };
}
