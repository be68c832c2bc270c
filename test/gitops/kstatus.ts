/** What kstatus makes of an object of a kind it does not know: the rules by which Flux and `kubectl wait` tools judge. */
import { condition, isTrue } from '../../operator/conditions.ts';
import type { KubeObject } from '../../operator/kube/cluster.ts';
import type { Condition } from '../../operator/kube/kinds.ts';

export type Kstatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating';

interface Judged extends KubeObject {
  readonly status?:
    | { readonly observedGeneration?: number | undefined; readonly conditions?: readonly Condition[] }
    | undefined;
}

export function kstatus({ metadata, status }: Judged): Kstatus {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { observedGeneration, conditions } = status ?? {};
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  if (isTrue(conditions, 'Reconciling')) return 'InProgress';
  if (isTrue(conditions, 'Stalled')) return 'Failed';
  const ready = condition(conditions, 'Ready');
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}
