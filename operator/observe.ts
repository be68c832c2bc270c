/** Trials of the API → trials of the engine. Pure. */
import type * as engine from '../src/model.ts';
import type { FailureClass } from './api/failures.ts';
import type { Attempt, Report, Trial, TrialStatus } from './api/trial.ts';
import { isTrue } from './conditions.ts';

/** Condition types of a Trial; exactly one is True. */
export const TRIAL_STATES = ['Queued', 'Running', 'Paused', 'Completed', 'Stopped', 'Failed'] as const;
export type TrialStateCondition = (typeof TRIAL_STATES)[number];

/**
 * What is worked out of an object once: cached objects never change, and most of a Study's Trials have not changed since
 * last time.
 */
export function once<K extends object, V>(work: (object: K) => V): (object: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (object) => {
    const found = known.get(object);
    if (found) return found.value;
    const value = work(object);
    known.set(object, { value });
    return value;
  };
}

const knownState = once((status: TrialStatus) => TRIAL_STATES.find((type) => isTrue(status.conditions, type)));

/** Undefined while the trial controller has not yet seen the Trial. */
export function stateOf(status: TrialStatus | undefined): TrialStateCondition | undefined {
  return status && knownState(status);
}

export function hasEnded(status: TrialStatus | undefined): boolean {
  const state = stateOf(status);
  return state === 'Completed' || state === 'Stopped' || state === 'Failed';
}

export const engineTrial: (trial: Trial) => engine.Trial = once(newView);

function newView(trial: Trial): engine.Trial {
  const { spec, status } = trial;
  return {
    number: spec.number,
    config: spec.parameters,
    bracket: spec.bracket,
    until: spec.until,
    state: engineState(trial),
    fault: status?.failure && FAULTS[status.failure.class],
    observations: (status?.observations ?? []).map((report) => ({
      resource: report.resource,
      value: report.value,
      at: Date.parse(report.at),
      seconds: secondsUntil(report, status?.attempts ?? []),
    })),
    decisions: spec.decisions.map(({ seq, kind, level, known }) => ({ seq, kind, level, known })),
    origin: spec.origin,
    proposal: spec.proposal,
  };
}

/** Failures that a configuration can bring about; the others are the cluster's, or those of all trials. */
const FAULTS: { readonly [C in FailureClass]?: engine.Fault } = {
  NotFinite: 'Diverged',
  Infeasible: 'Infeasible',
  OutOfMemory: 'Crashed',
  UserCode: 'Crashed',
  NoMetricReported: 'Crashed',
  DeadlineExceeded: 'Crashed',
};

/**
 * How long the trial's pods had held their place by a report: those before the one that reported it to their end, that
 * one to the report. By levels and not by clocks it is told which one it was, so that the answer stays what it is.
 */
function secondsUntil({ resource, at }: Report, attempts: readonly Attempt[]): number | undefined {
  const own = attempts.findLastIndex(({ from }) => from < resource);
  const held = attempts.slice(0, own + 1).map(({ startTime, endTime }, i) => span(startTime, i === own ? at : endTime));
  return held.at(-1) === undefined ? undefined : held.reduce<number>((sum, ms = 0) => sum + ms, 0) / 1000;
}

/** In milliseconds; undefined where it never began. */
function span(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, Date.parse(to) - Date.parse(from));
}

/**
 * Queued and Running both hold a slot. So do a Trial nobody has looked at yet, and a paused one that was promoted but has
 * not been taken up again.
 */
function engineState({ spec, status }: Trial): engine.TrialState {
  const state = stateOf(status);
  if (state === undefined || state === 'Queued' || state === 'Running') return 'Active';
  return state === 'Paused' && (status?.reached ?? 0) < spec.until ? 'Active' : state;
}
