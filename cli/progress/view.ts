/** What there is to tell about a running Study at one moment. Pure. */
import type { Study } from '../../operator/api/study.ts';
import type { Report, Trial } from '../../operator/api/trial.ts';
import { durationMs } from '../../operator/controllers/duration.ts';
import { counts } from '../../operator/controllers/study/study-status.ts';
import { hasEnded } from '../../operator/observe.ts';
import type { Counts } from './words.ts';

/** The present run of the command: a Study may have had others before. */
export interface Session {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Trials that had ended when it started. */
  readonly endedBefore: number;
}

export interface View {
  readonly study: Study;
  readonly counts: Counts;
  /** Since this run started. */
  readonly elapsedMs: number;
  /** Where it can be told. */
  readonly leftMs: number | undefined;
}

export interface Moment {
  readonly study: Study;
  readonly trials: readonly Trial[];
  readonly session: Session;
  readonly now: number;
}

export function viewOf(moment: Moment): View {
  const { study, trials, session, now } = moment;
  const left = [untilMaxTrials(moment), untilMaxDuration(moment)].filter((ms) => ms !== undefined);
  return {
    study,
    counts: counts(trials),
    elapsedMs: now - session.startedAt,
    leftMs: left.length === 0 ? undefined : Math.min(...left),
  };
}

export function endedCount(trials: readonly Trial[]): number {
  return trials.filter(({ status }) => hasEnded(status)).length;
}

/** Fewer say too little about how fast trials end. */
const FEWEST_ENDS = 5;

/** As fast as trials have ended since this run started; at least until those that train to the end have. */
function untilMaxTrials({ study, trials, session, now }: Moment): number | undefined {
  const { maxTrials } = study.spec.limits;
  const ended = endedCount(trials);
  const since = ended - session.endedBefore;
  if (maxTrials === undefined || since < FEWEST_ENDS) return undefined;
  const left = ((now - session.startedAt) / since) * Math.max(0, maxTrials - ended);
  const max = study.spec.resource.max;
  const training = trials.filter(({ spec, status }) => spec.until === max && !hasEnded(status));
  return Math.max(left, ...training.map((trial) => untilTrained(trial, max, now)));
}

/** As fast as it has trained so far. */
function untilTrained({ status }: Trial, max: number, now: number): number {
  const reports = status?.observations ?? [];
  const last = reports.at(-1);
  const paces = reports.slice(1).map((report, i) => pace(reports[i], report));
  if (!last || paces.length === 0) return 0;
  // The median: one that was interrupted had a long pause.
  const perUnit = paces.toSorted((a, b) => a - b)[Math.floor(paces.length / 2)] ?? 0;
  return Math.max(0, Date.parse(last.at) + perUnit * (max - last.resource) - now);
}

/** Milliseconds per unit of resource. */
function pace(before: Report | undefined, after: Report): number {
  if (!before) return 0;
  return (Date.parse(after.at) - Date.parse(before.at)) / (after.resource - before.resource);
}

function untilMaxDuration({ study, now }: Moment): number | undefined {
  const { maxDuration } = study.spec.limits;
  const start = study.status?.startTime;
  if (maxDuration === undefined || start === undefined) return undefined;
  return Math.max(0, Date.parse(start) + durationMs(maxDuration) - now);
}
