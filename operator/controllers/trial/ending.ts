/** Whether the current attempt at a trial has ended, how, and whether its Job has to go. Pure. */
import type { Attempt, Failure, Outcome, Report } from '../../api/trial.ts';
import { isJobTemplate } from '../../api/workload.ts';
import { condition, isTrue } from '../../conditions.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { failedPod } from './culprit.ts';
import { type Disruption, disruptionOf, JOB_GONE, LOG_GONE } from './disruption.ts';
import { decisiveExit, EXIT_GRACE_MS, type Exit, isDecidedByCode } from './exit.ts';
import { failureOf, noMetric, noPod } from './failing.ts';
import { isRead } from './log-end.ts';
import { isPausing } from './pausing.ts';
import { termination, wasDisrupted } from './pod.ts';
import { isSuspended } from './suspended.ts';
import { isSuspending } from './suspending.ts';
import { isShortUnread, isUnread, LOG_UNREAD, unreadAgain, unreadDisruption } from './unread.ts';
import { verdict } from './verdict.ts';
import { container, podOf, podsOfJob, reached, runsTo, type TrialView } from './view.ts';

/** How an attempt ended; with a failure where the whole trial fails. */
export interface Ending {
  readonly outcome: Outcome;
  readonly failure?: Failure;
  readonly disruption?: Disruption;
}

interface Unwanted {
  readonly kind: 'unwanted';
  readonly job: Job;
  /** Its code has exited well. */
  readonly hasSucceeded?: true;
  /** The same, but nobody knows how far it came. */
  readonly isUnread?: true;
}

export type AttemptState =
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** Its Job is to be deleted; the attempt ends when its pods are gone. */
  | Unwanted
  /** Its pods have ended but are not gone, or their log has not been read to its end. */
  | { readonly kind: 'ending' }
  | { readonly kind: 'open' };

export function attemptState(view: TrialView, attempt: Attempt, reports: readonly Report[]): AttemptState {
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt.job);
  if (!job || job.metadata.deletionTimestamp) {
    const isGone = podsOfJob(attempt.job, view.pods).length === 0;
    return isGone ? { kind: 'ended', ending: goneEnding(view, attempt, reports) } : { kind: 'ending' };
  }
  const finished = finishedAt(job);
  if (finished !== undefined) {
    const speaking = podOf(view, attempt) ?? failedPod(view, attempt.job);
    return !speaking || isRead(view, speaking, finished)
      ? { kind: 'ended', ending: finishedEnding(view, { job, pod: podOf(view, attempt), attempt, reports }) }
      : { kind: 'ending' };
  }
  return unfinished(view, job, { attempt, reports });
}

function unfinished(
  view: TrialView,
  job: Job,
  { attempt, reports }: Pick<Finished, 'attempt' | 'reports'>,
): AttemptState {
  const exit = decisiveExit(view, attempt);
  if (exit) return { kind: 'unwanted', job, ...afterExit(view, exit, { attempt, reports }) };
  return isUnwanted(view, attempt, reports) ? { kind: 'unwanted', job } : { kind: 'open' };
}

/** What goes on record before the Job is deleted, and with it what tells it. */
function afterExit(
  view: TrialView,
  exit: Exit,
  { attempt, reports }: Pick<Finished, 'attempt' | 'reports'>,
): Partial<Unwanted> {
  if (!exit.isGood || verdict(view, attempt, reports)) return {};
  return isShortUnread(view, attempt.until, reports) ? { isUnread: true } : { hasSucceeded: true };
}

/** Milliseconds since the epoch; undefined while the Job runs. */
function finishedAt(job: Job): number | undefined {
  const done = condition(job.status?.conditions, 'Complete') ?? condition(job.status?.conditions, 'Failed');
  return done?.status === 'True' ? Date.parse(done.lastTransitionTime ?? '') : undefined;
}

function isUnwanted(view: TrialView, attempt: Attempt, reports: readonly Report[]): boolean {
  if (view.trial.spec.stop || isSuspending(view) || verdict(view, attempt, reports)) return true;
  return isPausing(view, attempt) || hasNothingToDo(view, attempt, reports) || hasOverrun(view, attempt, reports);
}

/** It waits in a queue, and has reported all it was to report. */
function hasNothingToDo(view: TrialView, attempt: Attempt, reports: readonly Report[]): boolean {
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt.job);
  return isSuspended(job) && podsOfJob(attempt.job, view.pods).length === 0 && reached(reports) >= attempt.until;
}

/** It reported beyond the level the trial may run to, or reached its own long ago and has not exited. */
function hasOverrun(view: TrialView, attempt: Attempt, reports: readonly Report[]): boolean {
  const last = reports.at(-1);
  if (!last || last.resource < attempt.until) return false;
  if (view.now - Date.parse(last.at) > EXIT_GRACE_MS) return true;
  return last.resource >= runsTo(view) && (view.news?.reports ?? []).some(({ resource }) => resource > last.resource);
}

/** The Job is gone: because we deleted it, or because somebody else did. */
function goneEnding(view: TrialView, attempt: Attempt, reports: readonly Report[]): Ending {
  const failed = verdict(view, attempt, reports);
  if (failed) return { outcome: 'Failed', failure: failed };
  if (attempt.succeeded) return { outcome: 'Succeeded' };
  if (view.trial.spec.stop) return { outcome: 'Stopped' };
  if (isSuspending(view)) return { outcome: 'Suspended' };
  if (isPausing(view, attempt)) return { outcome: 'Paused' };
  return cutShort({ attempt, reports }, attempt.reason === LOG_UNREAD ? unreadDisruption(view) : JOB_GONE);
}

/** By what the attempt was told: the trial may have been promoted since. */
function cutShort({ attempt, reports }: Pick<Finished, 'attempt' | 'reports'>, disruption: Disruption): Ending {
  return reached(reports) >= attempt.until ? { outcome: 'Overran' } : { outcome: 'Disrupted', disruption };
}

interface Finished {
  readonly job: Job;
  readonly pod: Pod | undefined;
  readonly attempt: Attempt;
  readonly reports: readonly Report[];
}

function finishedEnding(view: TrialView, { job, pod, attempt, reports }: Finished): Ending {
  const failed = verdict(view, attempt, reports);
  if (failed) return { outcome: 'Failed', failure: failed };
  if (isTrue(job.status?.conditions, 'Complete')) return completeEnding(view, { job, pod, attempt, reports });
  if (view.trial.spec.stop) return { outcome: 'Stopped' };
  // Its Job was deleted for it: what became of the pod then is nobody's fault.
  if (isPausing(view, attempt)) return { outcome: 'Paused' };
  const culprit = failedPod(view, attempt.job) ?? pod;
  if (wasDisrupted(culprit) || wasDeleted(job, culprit)) {
    return isSuspending(view) ? { outcome: 'Suspended' } : cutShort({ attempt, reports }, disruptionOf(culprit));
  }
  if (exitedWell(view, job, pod)) return completeEnding(view, { job, pod, attempt, reports });
  return { outcome: 'Failed', failure: failureOf(view, job, culprit) };
}

/**
 * Its code ended well. Where its Job was being deleted at the same moment, or its pod is gone, its log may have gone with
 * it: nobody knows then how far it came, and it goes on from its checkpoint.
 */
function completeEnding(view: TrialView, { job, pod, attempt, reports }: Finished): Ending {
  const isShort = reached(reports) < attempt.until;
  if (isShort && isSuspending(view)) return { outcome: 'Suspended' };
  if (isShort && isLogLost(view, pod)) {
    return view.trial.spec.stop ? { outcome: 'Stopped' } : lostEnding(view, { job, pod, attempt, reports });
  }
  return reached(reports) > 0 ? { outcome: 'Succeeded' } : { outcome: 'Failed', failure: noMetric(view) };
}

function isLogLost(view: TrialView, pod: Pod | undefined): boolean {
  return view.news === undefined ? pod === undefined : isUnread(view);
}

function lostEnding(view: TrialView, { job, pod, attempt, reports }: Finished): Ending {
  if (!pod) return unseenEnding(view, job) ?? cutShort({ attempt, reports }, LOG_GONE);
  const failure = unreadAgain(view);
  return failure ? { outcome: 'Failed', failure } : cutShort({ attempt, reports }, unreadDisruption(view));
}

/**
 * Nobody will ever find the pods of its trial: then training again is training in vain. The pod of a Job may have gone
 * before it was seen, but hardly twice.
 */
function unseenEnding(view: TrialView, job: Job): Ending | undefined {
  const attempts = view.trial.status?.attempts ?? [];
  const isNews = attempts.length <= (isJobTemplate(view.study.spec.trialTemplate) ? 1 : 0);
  if (isNews || attempts.some(({ startTime }) => startTime !== undefined)) return undefined;
  return { outcome: 'Failed', failure: noPod(view, job) };
}

/** Its Job has failed for another container of its pod. */
function exitedWell(view: TrialView, job: Job, pod: Pod | undefined): boolean {
  const failed = condition(job.status?.conditions, 'Failed');
  if (!isDecidedByCode(view, job) || failed?.reason === 'DeadlineExceeded' || pod?.status?.reason !== undefined)
    return false;
  return termination(pod, container(view.study))?.exitCode === 0;
}

/** The pod of code that fails stays; one that is gone or going was deleted by somebody. */
function wasDeleted(job: Job, pod: Pod | undefined): boolean {
  const failed = condition(job.status?.conditions, 'Failed');
  // What becomes of the pods of other kinds is theirs to decide.
  if (job.kind !== 'Job') return false;
  return failed?.reason !== 'DeadlineExceeded' && (pod === undefined || pod.metadata.deletionTimestamp !== undefined);
}
