/**
 * What was known at some point of the ledger: the view from which suggestions are made. It holds what is on record and
 * nothing else, so that the same suggestion can be made again at any time, whatever was reported since.
 */
import { type Curves, lasting } from './curve.ts';
import { isEnd, isVerdict, observationAt } from './ledger.ts';
import type { Observation, Recorded, Study, Trial, TrialState } from './model.ts';
import { allLevels, createScheduler, type Scheduler } from './scheduling/scheduler.ts';

/**
 * The trials as they were after decision `known`, and what searchers have chosen from that since: trials started, all
 * that are given, and those promoted before decision `before`; their evaluations are pending. Observations are
 * those that were judged by then: one for each rung passed or paused or stopped at, and the last of a trial that has
 * ended; where the algorithm asks for more, also those below them.
 */
export function knownTrials(study: Study, trials: readonly Trial[], known: number, before = known): readonly Trial[] {
  const scheduler = createScheduler(study);
  const curves: Curves = { levels: allLevels(scheduler), max: study.resource.max };
  const isChosen = (own: Recorded) => own.kind === 'Start' || (own.known === known && own.seq < before);
  return trials.map((trial) => {
    const decisions = trial.decisions.filter((recorded) => isChosen(recorded) || recorded.seq <= known);
    const state = stateAfter(decisions.at(-1));
    return {
      ...trial,
      decisions,
      state,
      fault: state === 'Failed' ? trial.fault : undefined,
      until: untilAfter(decisions, trial, scheduler),
      observations: seesBetween(study)
        ? withThoseBelow(judged(trial, decisions), trial, curves)
        : judged(trial, decisions),
    };
  });
}

function seesBetween({ algorithm }: Study): boolean {
  return algorithm.type === 'abohb' && (algorithm.observations ?? 'RungsAndLast') !== 'RungsAndLast';
}

const STATE_AFTER: { readonly [K in Recorded['kind']]?: TrialState } = {
  Pause: 'Paused',
  Stop: 'Stopped',
  Complete: 'Completed',
  Fail: 'Failed',
};

function stateAfter(last: Recorded | undefined): TrialState {
  return (last && STATE_AFTER[last.kind]) ?? 'Active';
}

function untilAfter(decisions: readonly Recorded[], { bracket }: Trial, scheduler: Scheduler): number {
  const passed = decisions.findLast(({ kind }) => kind === 'Continue' || kind === 'Promote');
  return passed?.level === undefined ? scheduler.first(bracket) : scheduler.next(bracket, passed.level);
}

function judged(trial: Trial, decisions: readonly Recorded[]): readonly Observation[] {
  const known = new Map<number, Observation>();
  for (const recorded of decisions) {
    if (recorded.level === undefined || !(isVerdict(recorded) || isEnd(recorded))) continue;
    const observation = observationAt(trial, recorded.level);
    if (observation) known.set(observation.resource, observation);
  }
  return [...known.values()].sort((a, b) => a.resource - b.resource);
}

/** With the lasting reports before the highest of these. */
function withThoseBelow(judged: readonly Observation[], trial: Trial, curves: Curves): readonly Observation[] {
  const reached = judged.at(-1)?.resource ?? 0;
  const known = new Set(judged);
  for (const observation of lasting(trial.observations, curves)) {
    if (observation.resource < reached) known.add(observation);
  }
  return [...known].sort((a, b) => a.resource - b.resource);
}
