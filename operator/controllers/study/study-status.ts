/** The status of a Study, computed from its Trials: bounded, whatever their number. Pure. */
import { allLevels, type Scheduler } from '../../../src/scheduling/scheduler.ts';
import { FAILURES } from '../../api/failures.ts';
import type { Best, Study, StudyStatus } from '../../api/study.ts';
import type { Report, Trial } from '../../api/trial.ts';
import { conditions, type Finding } from '../../conditions.ts';
import { stateOf } from '../../observe.ts';
import { type Stall, stalledWords } from './breaker.ts';
import type { Outcome } from './outcome.ts';
import { usage } from './usage.ts';

export interface StatusInput {
  readonly study: Study;
  readonly trials: readonly Trial[];
  readonly scheduler: Pick<Scheduler, 'brackets'>;
  readonly outcome: Outcome;
  readonly stall?: Stall | undefined;
  /** How it stands with the removal of checkpoints, where some are removed. */
  readonly cleaning?: Finding | undefined;
  readonly seed: number;
  /** RFC 3339. */
  readonly startTime: string;
  readonly now: number;
}

export function studyStatus(input: StatusInput): StudyStatus {
  const { study, trials, outcome, seed, startTime } = input;
  const now = new Date(input.now).toISOString();
  const found = best(study, trials);
  const final = best(study, trials, study.spec.resource.max);
  const failed = failures(trials);
  const { generation } = study.metadata;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    seed,
    startTime,
    ...(outcome.succeeded !== 'Unknown' && { completionTime: study.status?.completionTime ?? now }),
    trials: counts(trials),
    rungs: rungs(input),
    ...(found && { best: found }),
    ...(final && { bestFinal: final }),
    usage: usage(study, trials),
    ...(failed.length > 0 && { failures: failed }),
    conditions: conditions([...findings(input), ...(input.cleaning ? [input.cleaning] : [])], {
      previous: study.status?.conditions,
      now,
      generation,
    }),
  };
}

/** Whether the Study is being served. */
export interface Readiness extends Omit<Finding, 'type'> {
  /** Nothing changes until somebody edits the Study. */
  readonly needsEdit?: boolean;
}

/** The present status with another Ready condition, and Stalled to match. */
export function statusWithReady(study: Study, { needsEdit = false, ...found }: Readiness, now: number): StudyStatus {
  const { generation } = study.metadata;
  const context = { previous: study.status?.conditions, now: new Date(now).toISOString(), generation };
  const others = (study.status?.conditions ?? []).filter(({ type }) => type !== 'Ready' && type !== 'Stalled');
  const stands: Finding = needsEdit
    ? { ...found, type: 'Stalled', status: 'True' }
    : { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'nothing waits for an edit' };
  return {
    ...study.status,
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: [...conditions([{ ...found, type: 'Ready' }, stands], context), ...others],
  };
}

/** A Study that merely runs is not Reconciling; only one that needs a human is Stalled (kstatus). */
function findings({ study, outcome, stall }: StatusInput): readonly Finding[] {
  const { suspend } = study.spec;
  const hasEnded = outcome.succeeded !== 'Unknown';
  return [
    {
      type: 'Ready',
      status: 'True',
      reason: hasEnded ? 'Ended' : 'Accepted',
      message: hasEnded ? 'the Study has ended' : 'the Study is valid and is being run',
    },
    { type: 'Succeeded', status: outcome.succeeded, reason: outcome.reason, message: outcome.message },
    {
      type: 'Suspended',
      status: suspend ? 'True' : 'False',
      reason: suspend ? 'UserRequest' : 'NotSuspended',
      message: suspend ? 'spec.suspend is true: no trial runs' : 'spec.suspend is false',
    },
    stalled(hasEnded ? undefined : stall),
  ];
}

function stalled(stall: Stall | undefined): Finding {
  if (!stall) return { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'trials can start' };
  return { type: 'Stalled', status: 'True', reason: 'TrialsCannotStart', message: stalledWords(stall) };
}

/** Only those that occurred. */
function failures(trials: readonly Trial[]): NonNullable<StudyStatus['failures']> {
  const attempts = trials.flatMap(({ status }) => status?.attempts ?? []);
  return FAILURES.map((kind) => ({
    class: kind,
    trials: trials.filter(({ status }) => stateOf(status) === 'Failed' && status?.failure?.class === kind).length,
    attempts: attempts.filter(({ failure }) => failure === kind).length,
  })).filter((each) => each.trials > 0 || each.attempts > 0);
}

type Counts = NonNullable<StudyStatus['trials']>;

const COUNTER = {
  Queued: 'queued',
  Running: 'running',
  Paused: 'paused',
  Completed: 'completed',
  Stopped: 'stopped',
  Failed: 'failed',
} as const satisfies Record<string, keyof Counts>;

/** A Trial nobody has looked at yet counts as queued. */
export function counts(trials: readonly Trial[]): Counts {
  const all = { created: trials.length, queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 };
  for (const { status } of trials) all[COUNTER[stateOf(status) ?? 'Queued']] += 1;
  return all;
}

/** The best value at or above a level; the earliest trial wins ties, so that the answer does not flicker. */
export function best(study: Study, trials: readonly Trial[], level = 0): Best | undefined {
  const sign = study.spec.objective.goal === 'Minimize' ? 1 : -1;
  let found: Best | undefined;
  for (const trial of trials.toSorted((a, b) => a.spec.number - b.spec.number)) {
    for (const report of trial.status?.observations ?? []) {
      if (report.resource < level || (found && sign * report.value >= sign * found.value)) continue;
      found = bestOf(trial, report);
    }
  }
  return found;
}

function bestOf({ metadata, spec }: Trial, { value, resource, additional }: Report): Best {
  return { trial: metadata.name, value, resource, parameters: spec.parameters, ...(additional && { additional }) };
}

function rungs({ trials, scheduler }: StatusInput): NonNullable<StudyStatus['rungs']> {
  return allLevels(scheduler).map((level) => {
    const at = trials.map(({ spec }) => spec.decisions.filter((decision) => decision.level === level));
    return {
      level,
      observed: at.filter((all) => all.some(({ kind }) => VERDICTS.has(kind))).length,
      passed: at.filter((all) => all.some(({ kind }) => kind === 'Continue' || kind === 'Promote')).length,
    };
  });
}

const VERDICTS: ReadonlySet<string> = new Set(['Continue', 'Pause', 'Stop']);

/** What users wait for: how it stands, not how many of each. */
export function news({ conditions, best, completionTime, seed }: StudyStatus): unknown {
  return {
    conditions: conditions?.map(({ type, status, reason }) => ({ type, status, reason })),
    best,
    completionTime,
    seed,
  };
}
