/**
 * When a changed status is written. Every write is work for the API server and for everybody who watches, so changes that
 * nothing is decided by wait to be written together. Pure.
 */
import { same } from '../../api/schema.ts';
import type { Attempt, TrialStatus } from '../../api/trial.ts';
import type { Job } from '../../kube/kinds.ts';
import { keyReports } from '../../metrics/curve.ts';
import { stateOf } from '../../observe.ts';
import { timesOf } from './attempts.ts';
import { saysSuspending } from './suspending.ts';

/** What only tells how far a trial has come is written at most so often. */
const BATCH_MS = 10_000;
/** A Job whose pod runs this soon is written down once instead of twice: as running. */
const GATHER_MS = 2_000;

export interface Change {
  readonly before: TrialStatus | undefined;
  readonly after: TrialStatus;
  /** Rung levels of all brackets and the maximum. */
  readonly levels: readonly number[];
  /** The Jobs of the Trial that exist. */
  readonly jobs: readonly Job[];
  /** A Job is about to be deleted: an attempt that is not on record by then would be forgotten. */
  readonly removes: boolean;
  /** When this Trial's status was last written, as far as this process knows. */
  readonly writtenAt: number | undefined;
  /** Milliseconds since the epoch, as `writtenAt`. */
  readonly now: number;
}

/** Milliseconds; undefined: now. */
export function waitBeforeWriting(change: Change): number | undefined {
  const left = gathering(change) ?? batching(change);
  return left > 0 ? left : undefined;
}

/** An attempt has been begun and its pod does not run yet. The Job has its name from the attempts on record, so it is found again. */
export function isBeginning({ before, after }: Pick<Change, 'before' | 'after'>): boolean {
  const begun = countOf(after) > countOf(before);
  const reason = after.conditions?.find(({ status }) => status === 'True')?.reason;
  return begun && stateOf(after) === 'Queued' && (reason === 'Created' || reason === 'Waiting');
}

function countOf(status: TrialStatus | undefined): number {
  return (status?.attempts ?? []).reduce((sum, attempt) => sum + timesOf(attempt), 0);
}

/** Undefined for what does not begin. */
function gathering({ before, after, jobs, removes, now }: Change): number | undefined {
  if (removes || !isBeginning({ before, after })) return undefined;
  const attempt = after.attempts?.at(-1);
  const created = jobs.find(({ metadata }) => metadata.name === attempt?.job)?.metadata.creationTimestamp;
  return created === undefined ? GATHER_MS : Date.parse(created) + GATHER_MS - now;
}

/** Nothing but reports between the rungs, or nothing but words: no decision depends on either. */
function isTelling({ before = {}, after, levels }: Change): boolean {
  // Words by which something is decided once the Study is resumed.
  if (saysSuspending(after) && !saysSuspending(before)) return false;
  if (same({ ...before, conditions: states(before) }, { ...after, conditions: states(after) })) return true;
  const news = keyReports(after.observations ?? [], levels);
  const known = keyReports(before.observations ?? [], levels);
  return same(withoutCurve(after), withoutCurve(before)) && news.size <= known.size;
}

function batching(change: Change): number {
  return isTelling(change) ? (change.writtenAt ?? 0) + BATCH_MS - change.now : 0;
}

function states({ conditions }: TrialStatus): unknown {
  return conditions?.map(({ type, status }) => ({ type, status }));
}

function withoutCurve({ attempts = [], ...status }: TrialStatus): unknown {
  const rest = Object.entries(status).filter(([field]) => !CURVE_FIELDS.has(field));
  return [rest, attempts.map((attempt: Attempt) => ({ ...attempt, trained: 0 }))];
}

const CURVE_FIELDS: ReadonlySet<string> = new Set(['observations', 'reached', 'last', 'usage']);
