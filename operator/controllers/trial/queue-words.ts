/**
 * What Kueue says of a Job it holds back: why it waits, and whether it will ever be admitted. The Job itself does not
 * tell; its Workload does, which is asked for while the Job is suspended.
 */
import { condition } from '../../conditions.ts';
import { type Cluster, isKubeError, type Kind, type KubeObject } from '../../kube/cluster.ts';
import type { Condition, Job } from '../../kube/kinds.ts';
import { queueOf } from '../../objects/queue.ts';
import { isSuspended } from './queue.ts';
import { openAttempt, type TrialView } from './view.ts';

export interface QueueWords {
  /** Why it has no quota yet, in Kueue's words; undefined where it has not said. */
  readonly waitsFor: string | undefined;
  /** Set where it waits no longer and will not come back by itself. */
  readonly deactivated: Deactivation | undefined;
}

export interface Deactivation {
  readonly workload: string;
  /** What Kueue deactivated it for, such as RequeuingLimitExceeded; undefined where somebody did. */
  readonly cause: string | undefined;
  readonly message: string;
}

/** As far as it is read here. */
interface Workload extends KubeObject {
  readonly spec?: { readonly active?: boolean };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const VERSIONS = ['kueue.x-k8s.io/v1beta2', 'kueue.x-k8s.io/v1beta1'];

/** On a Workload: the uid of its Job. */
const JOB_UID_LABEL = 'kueue.x-k8s.io/job-uid';

type Situation = Pick<TrialView, 'study' | 'trial' | 'jobs'>;

/** Undefined where the Job waits in no queue, and where the operator may not or cannot ask. */
export async function queueWords(
  cluster: Pick<Cluster, 'discover' | 'list'>,
  { study, trial, jobs }: Situation,
): Promise<QueueWords | undefined> {
  const attempt = openAttempt(trial);
  const job = jobs.find(({ metadata }) => metadata.name === attempt?.job && !metadata.deletionTimestamp);
  if (!job || !isSuspended(job) || queueOf(study.spec) === undefined) return undefined;
  try {
    const workload = await workloadOf(cluster, job);
    return workload && { waitsFor: waitsFor(workload), deactivated: deactivation(workload) };
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return undefined;
    throw error;
  }
}

async function workloadOf(cluster: Pick<Cluster, 'discover' | 'list'>, job: Job): Promise<Workload | undefined> {
  const { namespace, uid = '' } = job.metadata;
  for (const version of VERSIONS) {
    const kind = (await cluster.discover(version, 'Workload')) as Kind<Workload> | undefined;
    if (kind === undefined) continue;
    const labelSelector = `${JOB_UID_LABEL}=${uid}`;
    const { items } = await cluster.list(kind, { namespace, labelSelector }, new AbortController().signal);
    return items[0];
  }
  return undefined;
}

function waitsFor({ status }: Workload): string | undefined {
  const reserved = condition(status?.conditions, 'QuotaReserved');
  const admitted = condition(status?.conditions, 'Admitted');
  const waiting = reserved?.status === 'True' ? admitted : reserved;
  return waiting?.status === 'True' ? undefined : waiting?.message || undefined;
}

/** Since 0.10 the reason of `Evicted` is `Deactivated`, and `DeactivatedDueTo…` where Kueue itself did it. */
function deactivation({ metadata, spec, status }: Workload): Deactivation | undefined {
  if (spec?.active !== false) return undefined;
  const evicted = condition(status?.conditions, 'Evicted');
  const target = condition(status?.conditions, 'DeactivationTarget');
  const cause = target?.reason ?? /^DeactivatedDueTo(.+)$/.exec(evicted?.reason ?? '')?.[1];
  return { workload: metadata.name, cause, message: evicted?.message ?? target?.message ?? '' };
}
