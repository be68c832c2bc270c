/**
 * The circuit breaker: when one trial after the other fails to start, no more are started but, now and then, a single one
 * to find out whether it works again. All it knows is in the Trials and the Study. Pure.
 */
import type { Study } from '../../api/study.ts';
import type { Attempt, Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import { engineTrial, hasEnded, once } from '../../observe.ts';
import { wasRefused } from '../trial/disruption.ts';

/** Trials are being kept from starting. */
export interface Stall {
  /** Attempts that failed to start since the last one that did start. */
  readonly failures: number;
  /** What went wrong the last time. */
  readonly message: string;
  /** When one trial may be tried, in milliseconds since the epoch; undefined while one is being tried. */
  readonly retryAt: number | undefined;
}

/** So many attempts in a row. */
export const STALLS_AFTER = 3;
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 30 * 60_000;

/** Undefined while all is well. Failures before the Study was last resumed are forgiven. */
export function stall(study: Study, trials: readonly Trial[]): Stall | undefined {
  const resumed = Date.parse(condition(study.status?.conditions, 'Suspended')?.lastTransitionTime ?? '') || 0;
  const starts = trials
    .flatMap(startsOf)
    .filter(({ at }) => at > resumed)
    .sort((a, b) => a.at - b.at);
  const failed = starts.slice(starts.findLastIndex(({ isStarted }) => isStarted) + 1);
  const last = failed.at(-1);
  if (failed.length < STALLS_AFTER || !last) return undefined;
  return {
    failures: failed.length,
    message: messageOf(last.trial),
    retryAt: trials.some(isStarting) ? undefined : last.at + waitMs(failed.length - STALLS_AFTER),
  };
}

function messageOf({ metadata, status }: Trial): string {
  const waits = condition(status?.conditions, 'Queued');
  const words = waits?.status === 'True' ? waits.message : undefined;
  return status?.failure?.message || words || `see ${metadata.name}`;
}

export function stalledWords({ failures, message, retryAt }: Stall): string {
  const next = retryAt === undefined ? 'one is being tried' : `one is tried at ${new Date(retryAt).toISOString()}`;
  const remedy = 'suspend and resume the Study to try at once';
  return `the last ${failures} attempts to start a trial failed; ${next}; ${remedy}; the last: ${message}`;
}

interface Start {
  readonly trial: Trial;
  readonly at: number;
  readonly isStarted: boolean;
}

const startsOf = once((trial: Trial) => (trial.status?.attempts ?? []).flatMap((attempt) => start(trial, attempt)));

/** Nodes that refuse pods refuse those of other trials, too. */
function start(trial: Trial, attempt: Attempt): readonly Start[] {
  const { codeTime, endTime, failure } = attempt;
  if (codeTime !== undefined) return [{ trial, at: Date.parse(codeTime), isStarted: true }];
  if (endTime === undefined || (failure !== 'StartFailed' && !wasRefused(attempt))) return [];
  return [{ trial, at: Date.parse(endTime), isStarted: false }];
}

/** One more than there are, to see whether it starts. */
export function slotsToTry(trials: readonly Trial[]): number {
  return trials.filter((trial) => engineTrial(trial).state === 'Active').length + 1;
}

/** It may yet turn out to start. */
function isStarting(trial: Trial): boolean {
  if (hasEnded(trial.status) || engineTrial(trial).state !== 'Active') return false;
  const attempt = trial.status?.attempts?.at(-1);
  return attempt?.outcome !== undefined || attempt?.codeTime === undefined;
}

function waitMs(retries: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** retries);
}
