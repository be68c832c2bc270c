/** The runner's writes. Each names the uid: an object that was replaced under the same name is left alone. */
import type { Cluster, Kind, KubeObject } from '../kube/cluster.ts';
import { POD, type Pod } from '../kube/kinds.ts';
import { PROCESS_FINALIZER } from './pods.ts';

const FIELD_MANAGER = 'abohb-runner';

/** Sets the status to the object's, all of it. */
export async function setStatus<T extends KubeObject>(cluster: Cluster, kind: Kind<T>, object: T): Promise<void> {
  const { name, namespace = '', uid = '' } = object.metadata;
  await cluster.applyStatus(kind, { ...object, metadata: { name, namespace, uid } }, { fieldManager: FIELD_MANAGER });
}

export async function annotate(
  cluster: Cluster,
  pod: Pod,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const metadata = { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } };
  await cluster.update(POD, { ...pod, metadata });
}

/** Lets the pod go: its process is gone. */
export async function release(cluster: Cluster, pod: Pod): Promise<void> {
  const finalizers = (pod.metadata.finalizers ?? []).filter((finalizer) => finalizer !== PROCESS_FINALIZER);
  await cluster.update(POD, { ...pod, metadata: { ...pod.metadata, finalizers } });
}
