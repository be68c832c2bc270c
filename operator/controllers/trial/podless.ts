/**
 * Jobs that get no pod: the pods they ask for are refused, for want of quota or of a service account, or by a policy.
 * Their status says nothing of it; an Event does, which is asked for once the Job has had its time.
 */
import type { Attempt } from '../../api/trial.ts';
import type { Cluster } from '../../kube/cluster.ts';
import type { Job } from '../../kube/kinds.ts';
import { durationMs } from '../duration.ts';
import { finishTime, hasFinished, startTime } from './pod.ts';
import { isSuspended } from './suspended.ts';
import { toldOf } from './told.ts';
import { container, hasFinishedJob, openAttempt, podsOfJob, type TrialView } from './view.ts';

type Situation = Pick<TrialView, 'study' | 'trial' | 'jobs' | 'pods' | 'now'>;

/**
 * How long the Job of the attempt under way may still take to make its pod, the first or the one in place of one that was
 * disrupted, in milliseconds; below 0 where it has taken longer. Undefined where it has one, or is to have none: suspended,
 * ended or deleted.
 */
export function timeToPod({ study, trial, jobs, pods, now }: Situation): number | undefined {
  const attempt = openAttempt(trial);
  const job = attempt && jobs.find(({ metadata }) => metadata.name === attempt.job);
  if (!job || !isWanted(job)) return undefined;
  const own = podsOfJob(attempt.job, pods);
  // That it is gone is on record a moment later.
  const isUnsure = attempt.pod !== undefined && attempt.endTime === undefined && own.length === 0;
  if (isUnsure || own.some((pod) => !hasFinished(pod))) return undefined;
  const ends = own.map((pod) => finishTime(pod, container(study)) ?? startTime(pod));
  const since = Math.max(wantedSince(job, trial.status?.attempts ?? []), ...ends.map(timeOf));
  return since + durationMs(study.spec.failures.startDeadline) - now;
}

/** Of other kinds it is not known how they make their pods. */
function isWanted(job: Job): boolean {
  if (job.kind !== 'Job' || job.metadata.deletionTimestamp !== undefined) return false;
  return !isSuspended(job) && !hasFinishedJob(job) && (job.status?.active ?? 0) === 0;
}

/** Since it was created or resumed, or its last pod was gone. */
function wantedSince({ metadata, status }: Job, attempts: readonly Attempt[]): number {
  const times = [metadata.creationTimestamp, status?.startTime, ...attempts.slice(-2).map(({ endTime }) => endTime)];
  return Math.max(...times.map(timeOf));
}

/** 0 where nobody knows. */
function timeOf(time: string | undefined): number {
  return time === undefined ? 0 : Date.parse(time);
}

/** The words in which the last pod of an overdue Job was refused; undefined for any other, and while nobody has said. */
export async function refusalOfPod(cluster: Cluster, situation: Situation): Promise<string | undefined> {
  const left = timeToPod(situation);
  if (left === undefined || left > 0) return undefined;
  const attempt = openAttempt(situation.trial);
  const job = situation.jobs.find(({ metadata }) => metadata.name === attempt?.job);
  // Where nobody tells, trials wait, as they do for quota.
  const told = job ? await toldOf(cluster, job.metadata) : [];
  return told.findLast(({ reason }) => reason === 'FailedCreate')?.message;
}

/** Quota comes back when others end: waiting for it is waiting in a queue. */
export function waitsForQuota(refusal: string): boolean {
  return /exceeded quota/i.test(refusal);
}
