/** Whether the current attempt at a trial has ended, how, and whether its Job has to go. Pure. */
import type { Attempt, Failure, Outcome, Report, TrialStatus } from '../../api/trial.ts';
import { condition, isTrue } from '../../conditions.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { failedPod } from './culprit.ts';
import { isRead } from './log-end.ts';
import { isPausing } from './pausing.ts';
import { initFailure, termination, wasDisrupted } from './pod.ts';
import { waitsForQuota } from './podless.ts';
import { isSuspended } from './queue.ts';
import { whereReported } from './reports.ts';
import { timeToStart } from './starting.ts';
import { container, podOf, podsOfJob, reached, runsTo, type TrialView } from './view.ts';

/** How an attempt ended; with a failure where the whole trial fails. */
export interface Ending {
  readonly outcome: Outcome;
  readonly failure?: Failure;
}

export type AttemptState =
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** Its Job is to be deleted; the attempt ends when its pods are gone. */
  | { readonly kind: 'unwanted'; readonly job: Job }
  /** Its pods have ended but are not gone, or their log has not been read to its end. */
  | { readonly kind: 'ending' }
  | { readonly kind: 'open' };

/** Code that reported the last level it was to reach may take so long to exit. */
export const EXIT_GRACE_MS = 10 * 60_000;
/** Reason of a trial whose Job is being deleted since its Study was suspended. */
export const SUSPENDING = 'Suspending';

export function attemptState(view: TrialView, attempt: Attempt, reports: readonly Report[]): AttemptState {
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt.job);
  const pod = podOf(view, attempt);
  if (!job || job.metadata.deletionTimestamp) {
    const isGone = podsOfJob(attempt.job, view.pods).length === 0;
    return isGone ? { kind: 'ended', ending: goneEnding(view, attempt, reports) } : { kind: 'ending' };
  }
  const finished = finishedAt(job);
  if (finished !== undefined) {
    const speaking = pod ?? failedPod(view, attempt.job);
    return !speaking || isRead(view, speaking, finished)
      ? { kind: 'ended', ending: finishedEnding(view, { job, pod, attempt, reports }) }
      : { kind: 'ending' };
  }
  return isUnwanted(view, attempt, reports) ? { kind: 'unwanted', job } : { kind: 'open' };
}

/** Milliseconds since the epoch; undefined while the Job runs. */
function finishedAt(job: Job): number | undefined {
  const done = condition(job.status?.conditions, 'Complete') ?? condition(job.status?.conditions, 'Failed');
  return done?.status === 'True' ? Date.parse(done.lastTransitionTime ?? '') : undefined;
}

function isUnwanted(view: TrialView, attempt: Attempt, reports: readonly Report[]): boolean {
  if (view.trial.spec.stop || isSuspending(view) || verdict(view, attempt)) return true;
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
  const failed = verdict(view, attempt);
  if (failed) return { outcome: 'Failed', failure: failed };
  if (view.trial.spec.stop) return { outcome: 'Stopped' };
  if (isSuspending(view)) return { outcome: 'Suspended' };
  if (isPausing(view, attempt)) return { outcome: 'Paused' };
  return cutShort(attempt, reports);
}

/** By what the attempt was told: the trial may have been promoted since. */
function cutShort({ until }: Attempt, reports: readonly Report[]): Ending {
  return { outcome: reached(reports) >= until ? 'Overran' : 'Disrupted' };
}

/** The Study is suspended, or the Job is being deleted since it was: it may have been resumed before the pods were gone. */
export function isSuspending({ study, trial }: Pick<TrialView, 'study' | 'trial'>): boolean {
  return study.spec.suspend || saysSuspending(trial.status);
}

export function saysSuspending(status: TrialStatus | undefined): boolean {
  return (status?.conditions ?? []).some((found) => found.status === 'True' && found.reason === SUSPENDING);
}

interface Finished {
  readonly job: Job;
  readonly pod: Pod | undefined;
  readonly attempt: Attempt;
  readonly reports: readonly Report[];
}

function finishedEnding(view: TrialView, { job, pod, attempt, reports }: Finished): Ending {
  const failed = verdict(view, attempt);
  if (failed) return { outcome: 'Failed', failure: failed };
  if (isTrue(job.status?.conditions, 'Complete')) return completeEnding(view, attempt, { pod, reports });
  if (view.trial.spec.stop) return { outcome: 'Stopped' };
  // Its Job was deleted for it: what became of the pod then is nobody's fault.
  if (isPausing(view, attempt)) return { outcome: 'Paused' };
  const culprit = failedPod(view, attempt.job) ?? pod;
  if (wasDisrupted(culprit) || wasDeleted(job, culprit)) {
    return isSuspending(view) ? { outcome: 'Suspended' } : cutShort(attempt, reports);
  }
  return { outcome: 'Failed', failure: failureOfKind(view, job, culprit) ?? failure(view, job, culprit) };
}

/**
 * Its code ended well. Where its Job was being deleted at the same moment, or its pod is gone, its log may have gone with
 * it: nobody knows then how far it came, and it goes on from its checkpoint.
 */
function completeEnding(
  view: TrialView,
  attempt: Attempt,
  { pod, reports }: Pick<Finished, 'pod' | 'reports'>,
): Ending {
  const isShort = reached(reports) < attempt.until;
  if (isShort && isSuspending(view)) return { outcome: 'Suspended' };
  if (isShort && !pod && view.news?.complete !== true) {
    return view.trial.spec.stop ? { outcome: 'Stopped' } : cutShort(attempt, reports);
  }
  return reached(reports) > 0
    ? { outcome: 'Succeeded' }
    : { outcome: 'Failed', failure: { class: 'NoMetricReported', message: noMetric(view) } };
}

/** The pod of code that fails stays; one that is gone or going was deleted by somebody. */
function wasDeleted(job: Job, pod: Pod | undefined): boolean {
  const failed = condition(job.status?.conditions, 'Failed');
  // What becomes of the pods of other kinds is theirs to decide.
  if (job.kind !== 'Job') return false;
  return failed?.reason !== 'DeadlineExceeded' && (pod === undefined || pod.metadata.deletionTimestamp !== undefined);
}

/**
 * Why the trial fails though its Job has not: it diverged, or its pod does not start; found now, or before its Job was
 * deleted for it. It is written into the status as soon as it is seen, since what tells it goes with the pod.
 */
export function verdict(view: TrialView, attempt: Attempt): Failure | undefined {
  return divergence(view) ?? view.trial.status?.failure ?? turnedAway(view, attempt) ?? lateStart(view, attempt);
}

function divergence({ news, study }: TrialView): Failure | undefined {
  if (!news?.diverged) return undefined;
  const { objective, resource } = study.spec;
  const { value, resource: level } = news.diverged;
  return {
    class: 'NotFinite',
    message: `${objective.metric} was ${value} at ${resource.name} ${level}: the training diverged`,
  };
}

/** By its queue, for good. One that somebody has deactivated waits for somebody to activate it. */
function turnedAway({ queue }: TrialView, { job }: Attempt): Failure | undefined {
  const { cause, message = '' } = queue?.deactivated ?? {};
  if (cause === undefined) return undefined;
  const why = `its queue has deactivated Job ${job} (${cause}): ${message}`.slice(0, MESSAGE_LENGTH);
  return { class: cause === 'MaximumExecutionTimeExceeded' ? 'DeadlineExceeded' : 'StartFailed', message: why };
}

function lateStart(view: TrialView, attempt: Attempt): Failure | undefined {
  const { startDeadline } = view.study.spec.failures;
  const { refusal } = view;
  if (refusal !== undefined && !waitsForQuota(refusal)) {
    return startFailed(`Job ${attempt.job} could not make its pod within ${startDeadline}: ${refusal}`);
  }
  const left = timeToStart(view, attempt);
  if (left === undefined || left.ms > 0) return undefined;
  return startFailed(`its pod did not start within ${startDeadline}: ${left.why}`);
}

function startFailed(message: string): Failure {
  return { class: 'StartFailed', message: message.slice(0, MESSAGE_LENGTH) };
}

function failure(view: TrialView, job: Job, pod: Pod | undefined): Failure {
  const failed = condition(job.status?.conditions, 'Failed');
  if (failed?.reason === 'DeadlineExceeded') {
    return {
      class: 'DeadlineExceeded',
      message: `the Job ran longer than its activeDeadlineSeconds; ${lastLines(view)}`,
    };
  }
  const name = container(view.study);
  const ended = termination(pod, name);
  if (ended?.reason === 'OOMKilled') {
    const message = `container ${name} ran out of memory: raise its limit or bound the parameters; ${lastLines(view)}`;
    return { class: 'OutOfMemory', exitCode: ended.exitCode, message };
  }
  if (!ended || ended.reason === 'StartError') {
    const own = ended?.message ?? initFailure(pod) ?? pod?.status?.message;
    const why = own ?? failed?.message ?? 'the Job failed and its pod is gone';
    return startFailed(`container ${name} never ran: ${why}`);
  }
  const { exitCode } = ended;
  const why = ended.message ? `: ${ended.message}` : '';
  const message = `container ${name} exited with code ${exitCode}${why}; ${lastLines(view)}`.slice(0, MESSAGE_LENGTH);
  const isInfeasible = view.study.spec.failures.infeasibleExitCodes.includes(exitCode);
  return { class: isInfeasible ? 'Infeasible' : 'UserCode', exitCode, message };
}

/** Of a kind other than Job, where no pod tells more than its condition does. */
function failureOfKind(view: TrialView, job: Job, pod: Pod | undefined): Failure | undefined {
  const exitCode = termination(pod, container(view.study))?.exitCode ?? 0;
  if (job.kind === 'Job' || exitCode !== 0) return undefined;
  const { reason = 'no reason', message = '' } = condition(job.status?.conditions, 'Failed') ?? {};
  const why = `${job.kind} ${job.metadata.name} failed: ${message || reason}; ${lastLines(view)}`;
  return { class: 'UserCode', message: why.slice(0, MESSAGE_LENGTH) };
}

const MESSAGE_LENGTH = 1800;

function noMetric(view: TrialView): string {
  const { objective, resource } = view.study.spec;
  const others = view.news?.otherNames ?? [];
  const found = others.length > 0 ? `; found there: ${others.join(', ')}` : '';
  const wanted = `no report of ${objective.metric} with ${resource.name} was found in ${whereReported(view.study)}${found}`;
  return `${wanted}; ${lastLines(view)}`.slice(0, MESSAGE_LENGTH);
}

function lastLines({ news }: TrialView): string {
  const tail = (news?.tail ?? []).filter((line) => line.trim() !== '');
  if (tail.length > 0) return `last lines of its log: ${tail.join(' ⏎ ')}`;
  const dropped = news?.dropped ? ` but ${news.dropped} lines too long to read` : '';
  return `its log is empty${dropped}`;
}
