/**
 * Pods that do not start. Waiting for a node is waiting in a queue and may take as long as it takes; a pod that has one
 * and yet does not start, for want of its image, a volume or a Secret, is given a bounded time. Of volumes that cannot be
 * mounted only Events tell, which are asked for once that time is over.
 */
import type { Attempt } from '../../api/trial.ts';
import type { Cluster } from '../../kube/cluster.ts';
import type { ContainerStatus, Event, Pod } from '../../kube/kinds.ts';
import { durationMs } from '../duration.ts';
import { isContainerStarted } from './pod.ts';
import { toldOf } from './told.ts';
import { openAttempt, podsOfJob, type TrialView } from './view.ts';

/** What keeps a pod from starting that will hardly go away by waiting. */
export interface Hindrance {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** In the cluster's words. */
  readonly why: string;
  /** The pod's status does not say it; Events may. */
  readonly isVague?: true;
}

/** The kubelet retries these for ever. */
const HOPELESS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** The scheduler's words about a claim that does not exist or is not bound. */
const CLAIM = /persistentvolumeclaim/i;

/** Undefined for a pod that runs, has ended, or waits for a place in the cluster. */
export function hindrance(pod: Pod): Hindrance | undefined {
  if (pod.status?.phase !== 'Pending') return undefined;
  const scheduled = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const { message = '', lastTransitionTime: at } = scheduled;
    return CLAIM.test(message) ? { since: time(at ?? pod.metadata.creationTimestamp), why: message } : undefined;
  }
  const bound = scheduled?.lastTransitionTime ?? pod.status.startTime;
  return bound === undefined ? undefined : onItsNode(pod, time(bound));
}

function onItsNode(pod: Pod, bound: number): Hindrance | undefined {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  // What ran before it is not its own time.
  const since = Math.max(bound, ...all.map(({ state }) => time(state?.terminated?.finishedAt ?? undefined)));
  const hopeless = all.find(({ state }) => HOPELESS.has(state?.waiting?.reason ?? ''));
  if (hopeless) return { since, why: words(hopeless) };
  if (all.some(isContainerStarted)) return undefined;
  const waiting = all.find(({ state }) => state?.waiting?.reason);
  if (!waiting) return { since, why: 'its node has not started it', isVague: true };
  return { since, why: words(waiting), ...(waiting.state?.waiting?.message === undefined && { isVague: true }) };
}

function words({ name, state }: ContainerStatus): string {
  const { reason = '', message } = state?.waiting ?? {};
  return `container ${name} waits: ${message === undefined ? reason : `${reason}: ${message}`}`;
}

/** 0 for none. */
function time(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text);
}

type Situation = Pick<TrialView, 'study' | 'trial' | 'pods' | 'now' | 'complaint'>;

/** How long the pods that have their place in the cluster, but do not start, may still take; undefined where none is. */
export function timeToStart(
  situation: Situation,
  attempt: Attempt,
): { readonly ms: number; readonly why: string } | undefined {
  const { study, pods, now, complaint } = situation;
  const stuck = longestStuck(situation, attempt);
  if (!stuck) return undefined;
  const { pod, hindered } = stuck;
  const ms = hindered.since + durationMs(study.spec.failures.startDeadline) - now;
  const name = podsOfJob(attempt.job, pods).length > 1 ? `pod ${pod.metadata.name}: ` : '';
  return { ms, why: `${name}${hindered.why}${complaint === undefined ? '' : `: ${complaint}`}` };
}

/** A trial of several pods needs all of them: the one that has been waiting longest. */
function longestStuck({ pods }: Pick<Situation, 'pods'>, { job }: Attempt): Stuck | undefined {
  const stuck = podsOfJob(job, pods).flatMap((pod) => {
    const hindered = hindrance(pod);
    return hindered ? [{ pod, hindered }] : [];
  });
  return stuck.toSorted((a, b) => a.hindered.since - b.hindered.since)[0];
}

interface Stuck {
  readonly pod: Pod;
  readonly hindered: Hindrance;
}

/** What was told last of a pod that is overdue and whose status does not say why; undefined for any other. */
export async function complaintOfPod(cluster: Cluster, situation: Situation): Promise<string | undefined> {
  const { trial } = situation;
  const attempt = openAttempt(trial);
  const stuck = attempt && longestStuck(situation, attempt);
  // Once it has failed for it, that is on record.
  if (!stuck || trial.status?.failure || !stuck.hindered.isVague) return undefined;
  if ((timeToStart(situation, attempt)?.ms ?? 1) > 0) return undefined;
  const warnings = (await toldOf(cluster, stuck.pod.metadata)).filter(({ type, reason }) => {
    return type === 'Warning' && reason !== 'FailedScheduling';
  });
  return (warnings.findLast(namesCause) ?? warnings.at(-1))?.message;
}

/** The kubelet tells now and then which volumes it waits for, between telling what is wrong with them. */
function namesCause({ message }: Event): boolean {
  return !message.startsWith('Unable to attach or mount volumes');
}
