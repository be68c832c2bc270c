/** Objects that a real API server accepts and no controller touches. */
import type { Cluster, Kind, KubeObject, ObjectMeta, ObjectRef, WatchEvent } from '../../operator/kube/cluster.ts';
import type { Event, Job, JobSpec, Lease, Pod } from '../../operator/kube/kinds.ts';

type Meta = Partial<ObjectMeta>;

export function aLease({ namespace, name }: ObjectRef, spec: Lease['spec'] = {}, metadata: Meta = {}): Lease {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...metadata, name, namespace }, spec };
}

const CONTAINERS = [{ name: 'train', image: 'example.com/train:1' }];

/** managedBy: the server's own Job controller leaves it alone. */
export function aJob({ namespace, name }: ObjectRef, spec: Partial<JobSpec> = {}, metadata: Meta = {}): Job {
  const template = { spec: { restartPolicy: 'Never', containers: CONTAINERS } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata, name, namespace },
    spec: { managedBy: 'example.com/contract', suspend: true, template, ...spec },
  };
}

/** schedulerName: nobody ever gives it a node. */
export function aPod({ namespace, name }: ObjectRef, metadata: Meta = {}): Pod {
  const spec = {
    schedulerName: 'nobody',
    automountServiceAccountToken: false,
    restartPolicy: 'Never',
    containers: CONTAINERS,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, namespace }, spec };
}

export function anEvent({ namespace, name }: ObjectRef): Event {
  const at = '2026-01-02T03:04:05Z';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid: 'a-uid' },
    type: 'Normal',
    reason: 'Tested',
    message: 'an event in plain words',
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    source: { component: 'contract' },
  };
}

export function ownedBy({ apiVersion, kind, metadata }: KubeObject, blockOwnerDeletion = false): Meta {
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid!, blockOwnerDeletion };
  return { ownerReferences: [owner] };
}

/** Resolves once the object satisfies the predicate, or is gone for `undefined`. */
export async function until<T extends KubeObject>(
  cluster: Cluster,
  kind: Kind<T>,
  ref: ObjectRef,
  holds: (object: T | undefined) => boolean,
): Promise<void> {
  const controller = new AbortController();
  try {
    const { namespace } = ref;
    const { items, resourceVersion } = await cluster.list(kind, { namespace }, controller.signal);
    if (holds(items.find(({ metadata }) => metadata.name === ref.name))) return;
    for await (const event of cluster.watch(kind, { namespace, resourceVersion }, controller.signal)) {
      if (event.type === 'BOOKMARK' || event.object.metadata.name !== ref.name) continue;
      if (holds(event.type === 'DELETED' ? undefined : event.object)) return;
    }
    throw new Error(`the watch ended while waiting for ${kind.kind} ${ref.name}`);
  } finally {
    controller.abort();
  }
}

/** The first `count` events that are no bookmarks, as `TYPE name`. */
export async function take<T extends KubeObject>(
  events: AsyncIterable<WatchEvent<T>>,
  count: number,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    if (event.type !== 'BOOKMARK') seen.push(`${event.type} ${event.object.metadata.name}`);
    if (seen.length >= count) break;
  }
  return seen;
}
