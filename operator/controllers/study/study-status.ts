/** The status of a Study, computed from its Trials: bounded, whatever their number. Pure. */
import { allLevels, type Scheduler } from '../../../src/scheduling/scheduler.ts';
import { FAILURES, type FailureClass } from '../../api/failures.ts';
import type { Best, Study, StudySpec, StudyStatus } from '../../api/study.ts';
import type { Report, Trial } from '../../api/trial.ts';
import { conditions, type Finding } from '../../conditions.ts';
import { once, stateOf } from '../../observe.ts';
import { timesOf } from '../trial/attempts.ts';
import { heldForGood } from '../waiting.ts';
import { type Stall, stalledWords } from './breaker.ts';
import type { Outcome } from './outcome.ts';
import { usage } from './usage.ts';

export interface StatusInput {
  readonly study: Study;
  readonly trials: readonly Trial[];
  /** Of these trials. */
  readonly best: Best | undefined;
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
  const { study, trials } = input;
  const final = best(study, trials, study.spec.resource.max);
  const failed = failures(trials);
  return {
    ...standing(input),
    trials: { ...counts(trials), created: createdSoFar(study, trials) },
    rungs: rungs(input),
    ...(final && { bestFinal: final }),
    usage: usage(study, trials),
    ...(failed.length > 0 && { failures: failed }),
  };
}

/** How the Study stands: its status without what is counted over all trials. */
export function standing(input: StatusInput): StudyStatus {
  const { study, outcome, cleaning, seed, startTime } = input;
  const now = new Date(input.now).toISOString();
  const { generation } = study.metadata;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    seed,
    startTime,
    ...(outcome.succeeded !== 'Unknown' && { completionTime: study.status?.completionTime ?? now }),
    ...(input.best && { best: input.best }),
    conditions: conditions([...findings(input), ...(cleaning ? [cleaning] : [])], {
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
function findings({ study, trials, outcome, stall }: StatusInput): readonly Finding[] {
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
    hasEnded ? NOT_STALLED : stalled(stall, trials),
  ];
}

const NOT_STALLED: Finding = {
  type: 'Stalled',
  status: 'False',
  reason: 'NotStalled',
  message: 'trials can start',
};

function stalled(stall: Stall | undefined, trials: readonly Trial[]): Finding {
  if (stall) return { type: 'Stalled', status: 'True', reason: 'TrialsCannotStart', message: stalledWords(stall) };
  const held = heldForGood(trials);
  return held ? { type: 'Stalled', status: 'True', ...held } : NOT_STALLED;
}

/** Only those that occurred. */
function failures(trials: readonly Trial[]): NonNullable<StudyStatus['failures']> {
  const failed = trials.flatMap(({ status }) => (stateOf(status) === 'Failed' ? (status?.failure?.class ?? []) : []));
  const attempts = trials.flatMap(({ status }) =>
    (status?.attempts ?? [])
      .flatMap((attempt) => Array.from({ length: timesOf(attempt) }, () => attempt.failure ?? []))
      .flat(),
  );
  const times = (kind: FailureClass, all: readonly FailureClass[]): number =>
    all.filter((each) => each === kind).length;
  return FAILURES.map((kind) => ({ class: kind, trials: times(kind, failed), attempts: times(kind, attempts) })).filter(
    (each) => each.trials > 0 || each.attempts > 0,
  );
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

/** How many trials were ever started, those included that somebody has deleted since: the highest number given. */
export function createdSoFar({ status }: Study, trials: readonly Trial[]): number {
  return trials.reduce((last, { spec }) => Math.max(last, spec.number), status?.trials?.created ?? 0);
}

/** A Trial nobody has looked at yet counts as queued. */
export function counts(trials: readonly Trial[]): Counts {
  const all = { created: trials.length, queued: 0, running: 0, paused: 0, completed: 0, stopped: 0, failed: 0 };
  for (const { status } of trials) all[COUNTER[stateOf(status) ?? 'Queued']] += 1;
  return all;
}

type Goal = StudySpec['objective']['goal'];

/** The best value at or above a level; the earliest trial wins ties, so that the answer does not flicker. */
export function best(study: Study, trials: readonly Trial[], level = 0): Best | undefined {
  const { goal } = study.spec.objective;
  const key = `${goal} ${level}`;
  let found: Candidate | undefined;
  for (const trial of trials) {
    const known = bestReports(trial);
    if (!known.has(key)) known.set(key, bestAmong(trial.status?.observations ?? [], goal, level));
    const report = known.get(key);
    if (report && leads({ trial, report }, found, goal)) found = { trial, report };
  }
  return found && bestOf(found.trial, found.report);
}

interface Candidate {
  readonly trial: Trial;
  readonly report: Report;
}

function leads({ trial, report }: Candidate, other: Candidate | undefined, goal: Goal): boolean {
  if (other === undefined) return true;
  if (report.value === other.report.value) return trial.spec.number < other.trial.spec.number;
  return goal === 'Minimize' ? report.value < other.report.value : report.value > other.report.value;
}

/** Of each Trial by goal and level: most have not changed since last time. */
const bestReports = once((_: Trial) => new Map<string, Report | undefined>());

/** The first of equals. */
function bestAmong(reports: readonly Report[], goal: Goal, level: number): Report | undefined {
  const sign = goal === 'Minimize' ? 1 : -1;
  let found: Report | undefined;
  for (const report of reports) {
    if (report.resource >= level && (!found || sign * report.value < sign * found.value)) found = report;
  }
  return found;
}

function bestOf({ metadata, spec }: Trial, { value, resource, additional }: Report): Best {
  return { trial: metadata.name, value, resource, parameters: spec.parameters, ...(additional && { additional }) };
}

function rungs({ trials, scheduler }: StatusInput): NonNullable<StudyStatus['rungs']> {
  const all = trials.map(fates);
  const observed = occurrences(all.flatMap((fate) => fate.observed));
  const passed = occurrences(all.flatMap((fate) => fate.passed));
  return allLevels(scheduler).map((level) => ({
    level,
    observed: observed.get(level) ?? 0,
    passed: passed.get(level) ?? 0,
  }));
}

function occurrences(levels: readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const level of levels) found.set(level, (found.get(level) ?? 0) + 1);
  return found;
}

/** The levels at which something was decided about a Trial, and those it has passed. */
const fates = once(({ spec: { decisions } }: Trial) => {
  const levelsOf = (kinds: ReadonlySet<string>) => [
    ...new Set(decisions.flatMap(({ kind, level }) => (level !== undefined && kinds.has(kind) ? [level] : []))),
  ];
  return { observed: levelsOf(VERDICTS), passed: levelsOf(PASSES) };
});

const VERDICTS: ReadonlySet<string> = new Set(['Continue', 'Pause', 'Stop']);
const PASSES: ReadonlySet<string> = new Set(['Continue', 'Promote']);

/** What users wait for: how it stands, not how many of each. */
export function news({ conditions, best, completionTime, seed }: StudyStatus): unknown {
  return {
    conditions: conditions?.map(({ type, status, reason }) => ({ type, status, reason })),
    best,
    completionTime,
    seed,
  };
}
