/**
 * The exit of the code where the object that trains the trial goes on: other containers of its pod run, or an object of
 * another kind has none of the conditions that are waited for. Pure.
 */
import type { Attempt } from '../../api/trial.ts';
import { isJobTemplate } from '../../api/workload.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { firstFailed } from './culprit.ts';
import { isRead } from './log-end.ts';
import { endTime, hasFinished, isUndisturbed, termination } from './pod.ts';
import { successorOf } from './successor.ts';
import { isSuspended } from './suspended.ts';
import { container, hasFinishedJob, podOf, podsOfJob, type TrialView } from './view.ts';

/** Code that reported the last level it was to reach may take so long to exit, and an object to say how it ended. */
export const EXIT_GRACE_MS = 10 * 60_000;
/** Containers beside the code may take so long to end after it, such as one that uploads something. */
const HELPER_GRACE_MS = 60_000;

export interface Exit {
  readonly job: Job;
  readonly pod: Pod;
  readonly isGood: boolean;
  /** Milliseconds since then. */
  readonly agoMs: number;
  /** Milliseconds until it decides, whatever else goes on. */
  readonly leftMs: number;
}

/** Within so long most objects end with their code, and nothing is said. */
const USUAL_MS = 10_000;

type Situation = Pick<TrialView, 'study' | 'jobs' | 'pods' | 'now'>;

/** Undefined while the code runs or another pod takes over, and where the object has ended, is going or is held back. */
export function exitOf(view: Situation, attempt: Attempt): Exit | undefined {
  const job = view.jobs.find(({ metadata }) => metadata.name === attempt.job);
  if (!job || job.metadata.deletionTimestamp || hasFinishedJob(job) || isSuspended(job)) return undefined;
  if (successorOf(view, attempt)) return undefined;
  return isJobTemplate(view.study.spec.trialTemplate) ? ofJob(view, job, attempt) : ofKind(view, job, attempt);
}

/** The exit that decides how the attempt ends. */
export function decisiveExit(view: Situation & Pick<TrialView, 'news'>, attempt: Attempt): Exit | undefined {
  const exit = exitOf(view, attempt);
  return exit && exit.leftMs <= 0 && isRead(view, podOf(view, attempt) ?? exit.pod) ? exit : undefined;
}

/** Milliseconds until there is something to say or to do; 0 where something else is waited for. */
export function timeToTell({ agoMs, leftMs }: Exit): number {
  return agoMs < USUAL_MS ? USUAL_MS - agoMs : Math.max(0, leftMs);
}

/** Where it stands with an object whose code has exited and that takes longer than usual to end. */
export function afterExit(view: TrialView, { job, pod, agoMs }: Exit): string | undefined {
  if (agoMs < USUAL_MS) return undefined;
  const name = `${job.kind} ${job.metadata.name}`;
  const { trialTemplate } = view.study.spec;
  if (isJobTemplate(trialTemplate)) {
    const why = hasFinished(pod) ? `${name} has not ended yet` : `other containers of its pod keep ${name} from ending`;
    return `its code has exited; ${why}`;
  }
  const found = view.conditions?.length ? `conditions ${view.conditions.join(', ')}` : 'no conditions';
  const wanted = [trialTemplate.success?.type, trialTemplate.failure?.type].join(' or ');
  return `its pods have ended; ${name} has ${found}; the Study waits for ${wanted}`;
}

/** By its primary container. An Indexed Job ends by all its pods. */
export function isDecidedByCode({ study }: Pick<TrialView, 'study'>, { spec }: Job): boolean {
  return isJobTemplate(study.spec.trialTemplate) && spec.completionMode !== 'Indexed';
}

function ofJob(view: Situation, job: Job, attempt: Attempt): Exit | undefined {
  const pod = podOf(view, attempt);
  const ended = termination(pod, container(view.study));
  if (!pod || !ended || !isUndisturbed(pod) || !isDecidedByCode(view, job)) return undefined;
  const agoMs = view.now - Date.parse(ended.finishedAt ?? '');
  return { job, pod, isGood: ended.exitCode === 0, agoMs, leftMs: HELPER_GRACE_MS - agoMs };
}

/** By all its pods. */
function ofKind(view: Situation, job: Job, attempt: Attempt): Exit | undefined {
  const pods = podsOfJob(attempt.job, view.pods);
  if (!pods.every((pod) => hasFinished(pod) && isUndisturbed(pod))) return undefined;
  const failed = firstFailed(view, attempt.job);
  const pod = failed ?? podOf(view, attempt);
  const agoMs = view.now - Math.max(...pods.map(endTime));
  return pod && { job, pod, isGood: failed === undefined, agoMs, leftMs: EXIT_GRACE_MS - agoMs };
}
