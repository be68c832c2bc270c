/**
 * The ledger: every decision is recorded on the trial it concerns, under a number `seq` that counts through the study.
 * Replaying all entries in that order into a fresh scheduler gives back exactly what was known at each decision,
 * however late or out of order the reports themselves arrived.
 */
import type { Observation, PromoteDecision, Recorded, StartDecision, Trial } from './model.ts';
import type { Entry, Scheduler } from './scheduling/scheduler.ts';

export interface LedgerEntry {
  readonly trial: Trial;
  readonly recorded: Recorded;
}

/** All recorded decisions in the order they were taken. */
export function ledger(trials: readonly Trial[]): readonly LedgerEntry[] {
  return trials
    .flatMap((trial) => trial.decisions.map((recorded) => ({ trial, recorded })))
    .sort((a, b) => a.recorded.seq - b.recorded.seq || a.trial.number - b.trial.number);
}

export function lastSeq(trials: readonly Trial[]): number {
  return trials.reduce((last, trial) => Math.max(last, trial.decisions.at(-1)?.seq ?? 0), 0);
}

/** Repeats one recorded decision in the scheduler, whatever its rule would say today. */
export function redo(scheduler: Scheduler, { trial, recorded }: LedgerEntry): void {
  const { kind, level } = recorded;
  if (level !== undefined && isVerdict(recorded)) {
    const entry = entryAt(trial, level);
    if (entry) scheduler.enter(entry);
  }
  if (kind === 'Start') scheduler.started?.(trial.number, trial.bracket);
  if (level !== undefined && kind === 'Promote') scheduler.promoted(trial.number, level);
  if (isEnd(recorded)) scheduler.retire(trial.number);
}

/** The trial's value at a rung: its report at that level or, where it reports more rarely, the first above it. */
export function observationAt(trial: Trial, level: number): Observation | undefined {
  return trial.observations.find(({ resource }) => resource >= level);
}

/** What the trial enters at a rung; undefined while it has not reported there. */
export function entryAt(trial: Trial, level: number): Entry | undefined {
  const observation = observationAt(trial, level);
  return observation && new ReportedEntry(trial, level, observation);
}

/** One per verdict and replay: a class, since object literals with a getter are slow to make. */
class ReportedEntry implements Entry {
  readonly trial: number;
  readonly bracket: number;
  readonly level: number;
  readonly value: number;
  readonly cost: number | undefined;
  readonly isGiven: boolean;
  readonly #observations: readonly Observation[];
  readonly #resource: number;

  constructor(
    { number, bracket, origin, observations }: Trial,
    level: number,
    { resource, value, seconds }: Observation,
  ) {
    this.trial = number;
    this.bracket = bracket;
    this.level = level;
    this.value = value;
    this.cost = seconds;
    this.isGiven = origin === 'Initial';
    this.#observations = observations;
    this.#resource = resource;
  }

  /** Most schedulers do not ask. */
  get curve(): readonly Observation[] {
    return this.#observations.filter(({ resource }) => resource <= this.#resource);
  }
}

/** Decided upon a report at a rung. */
export const isVerdict = ({ kind }: Recorded): boolean => kind === 'Continue' || kind === 'Pause' || kind === 'Stop';

/** Nothing is decided about the trial after this. */
export const isEnd = ({ kind }: Recorded): boolean => kind === 'Stop' || kind === 'Complete' || kind === 'Fail';

/** Answered a request for work: each such request draws a bracket. */
export const isRequest = ({ kind }: Recorded): boolean => kind === 'Start' || kind === 'Promote';

/** The trial a Start decision makes. */
export function startedTrial(decision: StartDecision): Trial {
  return {
    number: decision.trial,
    config: decision.config,
    bracket: decision.bracket,
    until: decision.until,
    state: 'Active',
    observations: [],
    decisions: [{ seq: decision.seq, kind: 'Start', known: decision.known }],
    origin: decision.origin,
    ...(decision.proposal && { proposal: decision.proposal }),
  };
}

/** The trial once this promotion is on record. */
export function promotedTrial(trial: Trial, { seq, kind, level, known, until }: PromoteDecision): Trial {
  return { ...trial, state: 'Active', until, decisions: [...trial.decisions, { seq, kind, level, known }] };
}
