/** A fake node's objects: the Node, and the Lease that says it is alive. */
import { persist } from './persist.ts';
import type { Rest } from './rest.ts';

export interface FakeNode {
  readonly name: string;
  /** Capacity of `nvidia.com/gpu`; none unless told. */
  readonly gpus?: number;
  /** Capacity of `pods`; 110 unless told. */
  readonly pods?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A quarter of the lease: what the real kubelet does. */
export const RENEW_EVERY_MS = 10_000;
const LEASE_SECONDS = 40;

const leasePath = (name: string): string => `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;

/** Creates the node, instead of one of that name, ready to have pods. */
export async function registerNode(api: Rest, node: FakeNode, kubeletPort: number, signal: AbortSignal): Promise<void> {
  await unregisterNode(api, node.name, signal);
  await persist(signal, () => api.call('POST', '/api/v1/nodes', { body: nodeObject(node, kubeletPort) }));
  // New nodes are tainted until a controller finds them ready, which takes it seconds.
  await persist(signal, () => api.call('PATCH', `/api/v1/nodes/${node.name}`, { body: { spec: { taints: null } } }));
  await persist(signal, () =>
    api.call('POST', leasePath(node.name).replace(`/${node.name}`, ''), {
      body: { metadata: { name: node.name }, spec: leaseSpec(node.name) },
    }),
  );
}

export async function renewLease(api: Rest, name: string, signal: AbortSignal): Promise<void> {
  await persist(signal, () => api.call('PATCH', leasePath(name), { body: { spec: leaseSpec(name) } }));
}

export async function unregisterNode(api: Rest, name: string, signal: AbortSignal): Promise<void> {
  await persist(signal, () => api.call('DELETE', `/api/v1/nodes/${name}`));
  await persist(signal, () => api.call('DELETE', leasePath(name)));
}

/** Kubernetes wants microseconds in a lease's times, to the digit. */
function leaseSpec(name: string): object {
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  return { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
}

function nodeObject({ name, gpus = 0, pods = 110, labels = {} }: FakeNode, kubeletPort: number): object {
  const capacity = {
    cpu: '64',
    memory: '256Gi',
    'ephemeral-storage': '1Ti',
    pods: String(pods),
    ...(gpus > 0 && { 'nvidia.com/gpu': String(gpus) }),
  };
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels } },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'played by the tests' },
        ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'False' })),
      ],
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    },
  };
}
