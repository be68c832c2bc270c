/** The status a kubelet writes at each step of a pod's life: a strategic merge patch, so others' conditions stay. */
import type { ContainerStatus, Pod } from '../../../operator/kube/kinds.ts';
import type { Exit } from './pod-script.ts';

export interface Ending {
  /** The container whose exit it is; the others end well. */
  readonly container: string;
  readonly exit: Exit;
  /** RFC 3339. */
  readonly startedAt: string | undefined;
}

export function waitingStatus(pod: Pod, reason: string, message: string): object {
  return {
    phase: 'Pending',
    startTime: now(),
    conditions: conditions('False', 'ContainersNotReady'),
    containerStatuses: containers(pod, () => ({ waiting: { reason, message } })),
  };
}

export function runningStatus(pod: Pod, startedAt: string): object {
  return {
    phase: 'Running',
    startTime: startedAt,
    hostIP: '127.0.0.1',
    conditions: conditions('True'),
    containerStatuses: containers(pod, () => ({ running: { startedAt } })),
    ...(pod.spec.initContainers && { initContainerStatuses: initContainers(pod, startedAt) }),
  };
}

export function endedStatus(pod: Pod, ending: Ending): object {
  const code = exitCode(ending.exit);
  const finishedAt = now();
  return {
    phase: code === 0 ? 'Succeeded' : 'Failed',
    conditions: conditions('False', code === 0 ? 'PodCompleted' : 'PodFailed'),
    containerStatuses: containers(pod, (name) => {
      const exit = name === ending.container ? ending.exit : 0;
      const { startedAt = finishedAt } = ending;
      return { terminated: { exitCode: exitCode(exit), reason: exitReason(exit), startedAt, finishedAt } };
    }),
  };
}

/** RFC 3339 in whole seconds, as the API server keeps times. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function exitCode(exit: Exit): number {
  return typeof exit === 'number' ? exit : exit.code;
}

function exitReason(exit: Exit): string {
  if (typeof exit !== 'number') return exit.reason;
  return exit === 0 ? 'Completed' : 'Error';
}

function conditions(ready: 'True' | 'False', reason?: string): object[] {
  const condition = (type: string, status: string, why?: string): object => ({
    type,
    status,
    lastTransitionTime: now(),
    ...(why !== undefined && { reason: why }),
  });
  return [
    condition('Initialized', 'True'),
    condition('Ready', ready, reason),
    condition('ContainersReady', ready, reason),
  ];
}

function containers(pod: Pod, state: (name: string) => ContainerStatus['state']): object[] {
  return pod.spec.containers.map(({ name, image }) => container(name, image, state(name)));
}

/** Those that always restart are sidecars, running beside the main container; the others have done their work. */
function initContainers(pod: Pod, startedAt: string): object[] {
  return (pod.spec.initContainers ?? []).map(({ name, image, ...rest }) =>
    container(
      name,
      image,
      rest['restartPolicy'] === 'Always'
        ? { running: { startedAt } }
        : { terminated: { exitCode: 0, reason: 'Completed', startedAt, finishedAt: startedAt } },
    ),
  );
}

function container(name: string, image: string | undefined, state: ContainerStatus['state']): object {
  const isRunning = state?.running !== undefined;
  return {
    name,
    image: image ?? '',
    imageID: '',
    ready: isRunning,
    started: isRunning,
    restartCount: 0,
    // A merge patch leaves members out of sight alone: the former state has to be taken away by name.
    state: { waiting: null, running: null, terminated: null, ...state },
  };
}
