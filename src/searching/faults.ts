/**
 * Configurations whose trials failed through them. What a model is told of these: that they are as bad as the worst that
 * is known, so that it does not go there again. Without any value seen nothing can be said, and nothing is.
 */
import { isEnd, observationAt } from '../ledger.ts';
import type { Config, Observation, Study, Trial } from '../model.ts';
import { createScheduler } from '../scheduling/scheduler.ts';

/** An observation that stands for a failure. */
interface Imagined extends Observation {
  readonly trial: number;
  readonly config: Config;
}

/** What a trial reported, as far as it tells how good its configuration is. */
export function honestReports({ state, fault, observations }: Trial): readonly Observation[] {
  return state === 'Failed' && fault === 'Infeasible' ? [] : observations;
}

/** Whether its configuration is to be known as bad where the trial has no honest report. */
export function isFaulty({ state, fault, observations }: Trial): boolean {
  if (state !== 'Failed' || fault === undefined) return false;
  return fault !== 'Crashed' || observations.length === 0;
}

/** Of faulty trials, given what was observed of all, values to be minimised: each at the first rung that its trial did not reach. */
export function imagined(
  study: Study,
  trials: readonly Trial[],
  observed: readonly { readonly value: number }[],
): readonly Imagined[] {
  const faulty = observed.length === 0 ? [] : trials.filter(isFaulty);
  if (faulty.length === 0) return [];
  const worst = observed.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const scheduler = createScheduler(study);
  const timeOf = clock(trials);
  return faulty.flatMap((trial) => {
    const { number, config, bracket, fault, until } = trial;
    const resource = fault === 'Infeasible' ? scheduler.first(bracket) : until;
    const last = honestReports(trial).at(-1) ?? { resource: 0, at: 0 };
    if (last.resource >= resource) return [];
    return [{ trial: number, config, resource, value: worst, at: Math.max(last.at, timeOf(trial)) }];
  });
}

/**
 * When a trial ended, by the ledger: with the last observation on record by then. So those imagined keep their places
 * among the others, and what was fitted to the first so many stays of use.
 */
function clock(trials: readonly Trial[]): (trial: Trial) => number {
  const recorded = trials.flatMap((trial) =>
    trial.decisions.flatMap(({ seq, level = 0 }) => {
      const at = level > 0 ? observationAt(trial, level)?.at : undefined;
      return at === undefined ? [] : [{ seq, at }];
    }),
  );
  return ({ decisions }) => {
    const end = decisions.find(isEnd)?.seq ?? Number.POSITIVE_INFINITY;
    return recorded.reduce((last, { seq, at }) => (seq <= end ? Math.max(last, at) : last), 0);
  };
}
