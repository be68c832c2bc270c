/** What the cluster's own controllers and nodes have told of an object in Events, where its status does not say it. */
import { type Cluster, isKubeError, type ObjectMeta, type Query } from '../../kube/cluster.ts';
import { EVENT, type Event } from '../../kube/kinds.ts';

/** The last one comes last. None where the operator has been given no right to read them. */
export async function toldOf(
  cluster: Pick<Cluster, 'list'>,
  { namespace, uid }: ObjectMeta,
): Promise<readonly Event[]> {
  if (uid === undefined) return [];
  const found = await events(cluster, { namespace, fieldSelector: `involvedObject.uid=${uid}` });
  return found.toSorted((a, b) => timeOf(a) - timeOf(b));
}

async function events(cluster: Pick<Cluster, 'list'>, query: Query): Promise<readonly Event[]> {
  try {
    return (await cluster.list(EVENT, query, new AbortController().signal)).items;
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return [];
    throw error;
  }
}

function timeOf({ lastTimestamp, metadata }: Event): number {
  return Date.parse(lastTimestamp ?? metadata.creationTimestamp ?? '') || 0;
}
