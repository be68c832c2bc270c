/**
 * Pods that do not start. Waiting for a node is waiting in a queue and may take as long as it takes; a pod that has one
 * and yet does not start, for want of its image, a volume or a Secret, is given a bounded time. Pure.
 */
import type { ContainerStatus, Pod } from '../../kube/kinds.ts';
import { isContainerStarted } from './pod.ts';

/** What keeps a pod from starting that will hardly go away by waiting. */
export interface Hindrance {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** In the cluster's words. */
  readonly why: string;
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
  const since = Math.max(bound, ...all.map(({ state }) => time(state?.terminated?.finishedAt)));
  const hopeless = all.find(({ state }) => HOPELESS.has(state?.waiting?.reason ?? ''));
  if (hopeless) return { since, why: words(hopeless) };
  if (all.some(isContainerStarted)) return undefined;
  const waiting = all.find(({ state }) => state?.waiting?.reason);
  return { since, why: waiting ? words(waiting) : 'its node has not started it' };
}

function words({ name, state }: ContainerStatus): string {
  const { reason = '', message } = state?.waiting ?? {};
  return `container ${name} waits: ${message === undefined ? reason : `${reason}: ${message}`}`;
}

/** 0 for none. */
function time(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text);
}
