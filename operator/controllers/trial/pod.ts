/** What a pod's status says about an attempt. Pure. */
import { isTrue } from '../../conditions.ts';
import type { ContainerStatus, Pod } from '../../kube/kinds.ts';

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

export function containerStatus(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
}

export function termination(pod: Pod | undefined, container: string): Terminated | undefined {
  return pod && containerStatus(pod, container)?.state?.terminated;
}

/** Its container runs or has run: there is a log to read. */
export function hasStarted(pod: Pod, container: string): boolean {
  const status = containerStatus(pod, container);
  return status !== undefined && isContainerStarted(status);
}

export function isContainerStarted({ state }: ContainerStatus): boolean {
  return state?.running !== undefined || state?.terminated !== undefined;
}

export function hasFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Why the pod's containers never had their turn. */
export function initFailure(pod: Pod | undefined): string | undefined {
  const failed = pod?.status?.initContainerStatuses?.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  const { exitCode, message } = failed?.state?.terminated ?? {};
  return failed && `init container ${failed.name} exited with code ${exitCode}${message ? `: ${message}` : ''}`;
}

/** Ended by the cluster and not by the code: evicted, preempted, its node lost, or turned away by its node. */
export function wasDisrupted(pod: Pod | undefined): boolean {
  return isTrue(pod?.status?.conditions, 'DisruptionTarget') || wasTurnedAway(pod);
}

/** Nobody but its own code has ended it, or will. */
export function isUndisturbed(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !wasDisrupted(pod);
}

/**
 * What the kubelet says of a pod that the scheduler gave it and it would not have: its GPUs are not registered yet after
 * it was started anew, or somebody was faster.
 */
const TURNED_AWAY = /^(UnexpectedAdmissionError|TopologyAffinityError|NodeAffinity|NodeShutdown|OutOf.+)$/;

function wasTurnedAway(pod: Pod | undefined): boolean {
  return pod?.status?.phase === 'Failed' && isRefusal(pod.status.reason);
}

/** The reason of a pod that its node would not have. */
export function isRefusal(reason = ''): boolean {
  return TURNED_AWAY.test(reason);
}

/** Why it does not start, in the cluster's words. */
export function waitingFor(pod: Pod | undefined, container: string): string | undefined {
  const waiting = pod && containerStatus(pod, container)?.state?.waiting;
  if (waiting?.reason) return waiting.message ? `${waiting.reason}: ${waiting.message}` : waiting.reason;
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason) : undefined;
}

/** When the pod began to hold its resources. */
export function startTime(pod: Pod | undefined): string | undefined {
  return pod?.status?.startTime;
}

/** When its code began to run; undefined where it never did. */
export function codeTime(pod: Pod | undefined, container: string): string | undefined {
  const { running, terminated } = (pod && containerStatus(pod, container)?.state) ?? {};
  return terminated?.reason === 'StartError' ? undefined : (running?.startedAt ?? terminated?.startedAt ?? undefined);
}

/** When the last of its containers ended, in milliseconds since the epoch; endless where nothing tells. */
export function endTime({ status }: Pod): number {
  const { containerStatuses = [], conditions = [] } = status ?? {};
  const ends = containerStatuses.map(({ state }) => state?.terminated?.finishedAt);
  const times = [...ends, ...conditions.map(({ lastTransitionTime }) => lastTransitionTime)];
  const known = times.flatMap((time) => (time ? Date.parse(time) : []));
  return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known);
}

/** When a pod that has ended did, as far as its conditions tell: of a container that was lost, nothing else does. */
export function podEnd(pod: Pod | undefined): string | undefined {
  const end = pod && hasFinished(pod) ? endTime(pod) : Number.POSITIVE_INFINITY;
  return Number.isFinite(end) ? new Date(end).toISOString() : undefined;
}

export function finishTime(pod: Pod | undefined, container: string): string | undefined {
  return termination(pod, container)?.finishedAt ?? undefined;
}
