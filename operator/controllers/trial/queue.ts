/**
 * A Job that somebody else suspends and resumes: a queue, mostly. Each of its pods is an attempt of its own, so that GPU
 * seconds count only while a pod ran, and reports tell which pod they came from. Pure.
 */
import type { Attempt, Report } from '../../api/trial.ts';
import { condition, type Finding } from '../../conditions.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { priorityLabels, queueOfJob } from '../../objects/queue.ts';
import type { Never } from '../waiting.ts';
import { disrupted, disruptionOf } from './disruption.ts';
import { isRead } from './log-end.ts';
import { isPodOf } from './own-pod.ts';
import { finishTime, hasFinished, startTime } from './pod.ts';
import { failureBefore, ownPod, successorOf } from './successor.ts';
import { isSuspended } from './suspended.ts';
import { container, hasFinishedJob, openAttempt, podOf, podsOfJob, reached, type TrialView } from './view.ts';

/** Why the trial does not run where somebody holds its Job back; undefined where nobody does. */
export function heldBack(view: TrialView, attempts: readonly Attempt[]): Finding | undefined {
  const attempt = attempts.at(-1);
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt?.job);
  if (!attempt || !job || !isSuspended(job)) return undefined;
  const pod = podOf(view, attempt);
  if (pod?.status?.phase === 'Running' && !pod.metadata.deletionTimestamp) return undefined;
  const queue = queueOfJob(job, view.study.spec);
  if (queue === undefined) return queued('JobSuspended', `Job ${attempt.job} is suspended: waits until it is resumed`);
  const wasPreempted = attempt.startTime !== undefined || attempts.at(-2)?.outcome === 'Preempted';
  return inQueue(queue, view.queue, wasPreempted);
}

function inQueue(queue: string, words: TrialView['queue'], wasPreempted: boolean): Finding {
  const { deactivated, waitsFor = '', never } = words ?? {};
  if (deactivated) {
    const { workload } = deactivated;
    return queued('Deactivated', `Workload ${workload} was deactivated: set its spec.active to true to let it go on`);
  }
  const why = waitsFor === '' ? '' : `: ${waitsFor}`.slice(0, WORDS_LENGTH);
  if (never) return queued(never, `${NEVER_WORDS[never](queue)}${why}`);
  return wasPreempted
    ? queued('Preempted', `was preempted: waits in queue ${queue} to go on${why}`)
    : queued('WaitsForQuota', `waits in queue ${queue} for quota${why}`);
}

const NEVER_WORDS: { readonly [N in Never]: (queue: string) => string } = {
  QueueNotFound: (queue) => `waits in queue ${queue}, which is not there or leads nowhere`,
  Inadmissible: (queue) => `waits in queue ${queue}, which does not admit it`,
  QuotaNeverFits: (queue) => `asks for more than queue ${queue} can ever give it`,
};

/** Whether what holds the Job of the attempt under way back is a queue. */
export function waitsInQueue({ study, jobs }: TrialView, attempt: Attempt | undefined): boolean {
  const job = jobs.find(({ metadata }) => metadata.name === attempt?.job);
  return job !== undefined && isSuspended(job) && queueOfJob(job, study.spec) !== undefined;
}

const WORDS_LENGTH = 500;

function queued(reason: string, message: string): Finding {
  return { type: 'Queued', status: 'True', reason, message };
}

/** The labels to apply to the Job of the attempt under way, where its trial has come so far that its priority changes. */
export function newPriority({ study, trial, jobs }: TrialView): Job | undefined {
  const attempt = openAttempt(trial);
  const job = jobs.find(({ metadata }) => metadata.name === attempt?.job && !metadata.deletionTimestamp);
  const labels = priorityLabels(study.spec, trial.spec.until);
  if (!job || hasFinishedJob(job)) return undefined;
  if (Object.entries(labels).every(([key, value]) => job.metadata.labels?.[key] === value)) return undefined;
  const { name, namespace = '', uid = '' } = job.metadata;
  return { apiVersion: job.apiVersion, kind: job.kind, metadata: { name, namespace, uid, labels } } as unknown as Job;
}

/**
 * A pod of the attempt's Job has ended and the Job has not: another one takes over, now or when the queue lets it. The
 * view once that is on record, with the next attempt under way; undefined where nothing of the kind has happened.
 */
export function nextRun(view: TrialView, attempt: Attempt, reports: readonly Report[]): TrialView | undefined {
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt.job);
  if (!job || attempt.pod === undefined) return undefined;
  const pod = podOf(view, attempt);
  const successor = successorOf(view, attempt);
  if (successor) return takenOver(view, attempt, { job, successor, reports });
  if (!isHeldBack(job) || !wasSuspended(job, attempt.startTime) || !hasLetGo(view, job)) return undefined;
  const endTime = finishTime(pod, container(view.study)) ?? attempt.endTime ?? new Date(view.now).toISOString();
  return afterRun(view, { ...attempt, outcome: 'Preempted', endTime }, { reports, news: undefined });
}

/** It is to go on when it is resumed. */
function isHeldBack(job: Job): boolean {
  return isSuspended(job) && !hasFinishedJob(job) && job.metadata.deletionTimestamp === undefined;
}

interface Takeover {
  readonly job: Job;
  readonly successor: Pod;
  readonly reports: readonly Report[];
}

/** Undefined until the log of the own pod has been read, where that is there; else what is news comes from the new pod. */
function takenOver(view: TrialView, attempt: Attempt, { job, successor, reports }: Takeover): TrialView | undefined {
  const own = ownPod(view, attempt);
  if (own && !isRead(view, own)) return undefined;
  const now = new Date(view.now).toISOString();
  const endTime =
    finishTime(own, container(view.study)) ?? earlier(startTime(successor) ?? now, attempt.endTime ?? now);
  const ended: Attempt = { ...attempt, ...endingOfRun(view, job, attempt), endTime };
  if (own) return afterRun(view, ended, { reports, news: undefined });
  const { observations = [], attempts = [] } = view.trial.status ?? {};
  return afterRun(
    view,
    { ...ended, trained: attempts.at(-1)?.trained ?? 0 },
    { reports: observations, news: view.news },
  );
}

function endingOfRun(view: TrialView, job: Job, attempt: Attempt): Pick<Attempt, 'outcome' | 'failure' | 'reason'> {
  const failed = failureBefore(view, attempt);
  if (failed) return { outcome: 'Failed', failure: failed.class };
  if (wasSuspended(job, attempt.startTime)) return { outcome: 'Preempted' };
  return disrupted(disruptionOf(ownPod(view, attempt)));
}

function afterRun(
  view: TrialView,
  ended: Attempt,
  { reports, news }: { readonly reports: readonly Report[]; readonly news: TrialView['news'] },
): TrialView {
  const { job, until, gpus } = ended;
  const before = view.trial.status;
  const next: Attempt = { job, until, from: reached(reports), gpus, trained: 0 };
  const attempts = [...(before?.attempts ?? []).slice(0, -1), ended, next];
  const status = { ...before, observations: reports, attempts };
  return { ...view, trial: { ...view.trial, status }, pods: presentPods(view.pods, attempts), news };
}

/** All its pods are gone or have been ended, and what they said has been read as far as it can be. */
function hasLetGo(view: TrialView, job: Job): boolean {
  return podsOfJob(job.metadata.name, view.pods).every(
    (pod) => pod.metadata.deletionTimestamp !== undefined && hasFinished(pod) && (view.news?.complete ?? true),
  );
}

/** Since this time. A Job that is cached as suspended may be as it was before the pod ran: its pod was seen sooner. */
function wasSuspended(job: Job, since = ''): boolean {
  const suspended = condition(job.status?.conditions, 'Suspended');
  // A Job has it as soon as its pods are told to end; not every other kind does.
  if (suspended === undefined) return job.kind !== 'Job' && isSuspended(job);
  const changedAt = Date.parse(suspended.lastTransitionTime ?? '');
  // Both are whole seconds: in the one where a pod started its Job was resumed.
  return suspended.status === 'True' ? changedAt >= Date.parse(since) : changedAt > Date.parse(since);
}

/** Pods without those of attempts that have ended: the pod of the next one may not have been made yet. */
export function presentPods(pods: readonly Pod[], attempts: readonly Attempt[]): readonly Pod[] {
  const ended = attempts.filter(({ outcome }) => outcome !== undefined);
  return pods.filter((pod) => !ended.some((attempt) => isPodOf(attempt, pod)));
}

function earlier(a: string, b: string): string {
  return Date.parse(a) < Date.parse(b) ? a : b;
}
