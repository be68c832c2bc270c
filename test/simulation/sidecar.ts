/** The metrics sidecar of a simulated pod: it lives as long as the pod, and its log holds what the pod's own would. */
import type { ContainerStatus, Pod } from '../../operator/kube/kinds.ts';
import { SIDECAR } from '../../operator/sidecar/config.ts';

function hasSidecar({ spec }: Pod): boolean {
  return spec.initContainers?.some(({ name }) => name === SIDECAR) ?? false;
}

/** The status with that of the sidecar, given the state of the container that trains. */
export function withSidecar(pod: Pod, status: NonNullable<Pod['status']>): NonNullable<Pod['status']> {
  const main = status.containerStatuses?.[0]?.state;
  if (!hasSidecar(pod) || !main) return status;
  const state: ContainerStatus['state'] = main.terminated
    ? { terminated: { ...main.terminated, exitCode: 0, reason: 'Completed' } }
    : main;
  return { ...status, initContainerStatuses: [{ name: SIDECAR, state }] };
}

/** Whether this container's log holds the reports. */
export function reportsIn(pod: Pod, container: string): boolean {
  return hasSidecar(pod) === (container === SIDECAR);
}
