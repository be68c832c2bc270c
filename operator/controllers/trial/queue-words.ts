/**
 * What Kueue says of a Job it holds back: why it waits, and whether it will ever be admitted. The Job itself does not
 * tell; its Workload does, which is asked for while the Job is suspended.
 */
import { condition } from '../../conditions.ts';
import { type Cluster, isKubeError, type Kind, type KubeObject, type Query } from '../../kube/cluster.ts';
import type { Condition, Job } from '../../kube/kinds.ts';
import { queueOfJob } from '../../objects/queue.ts';
import type { Never } from '../waiting.ts';
import { isSuspended } from './suspended.ts';
import { toldOf } from './told.ts';
import { openAttempt, type TrialView } from './view.ts';

export interface QueueWords {
  /** Why it has no quota yet, in Kueue's words; undefined where it has not said. */
  readonly waitsFor: string | undefined;
  /** Set where it waits no longer and will not come back by itself. */
  readonly deactivated: Deactivation | undefined;
  /** Set where it will wait for ever unless somebody changes the queue, or what the Job asks for. */
  readonly never?: Never | undefined;
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

/** Undefined where the Job waits in no queue, and where nobody has said anything of it that the operator may read. */
export async function queueWords(
  cluster: Pick<Cluster, 'discover' | 'list'>,
  { study, trial, jobs }: Situation,
): Promise<QueueWords | undefined> {
  const attempt = openAttempt(trial);
  const job = jobs.find(({ metadata }) => metadata.name === attempt?.job && !metadata.deletionTimestamp);
  if (!job || !isSuspended(job) || queueOfJob(job, study.spec) === undefined) return undefined;
  const workload = await workloadOf(cluster, job);
  if (workload === undefined) return wordsOfEvents(cluster, job);
  const reason = never(workload);
  return { waitsFor: waitsFor(workload), deactivated: deactivation(workload), ...(reason && { never: reason }) };
}

/** A Job for which Kueue can make no Workload: of what hinders it only Events tell. */
async function wordsOfEvents(cluster: Pick<Cluster, 'list'>, job: Job): Promise<QueueWords | undefined> {
  const warnings = (await toldOf(cluster, job.metadata)).filter(
    ({ type, source }) => type === 'Warning' && source?.component !== JOB_CONTROLLER,
  );
  const last = warnings.at(-1);
  return last && { waitsFor: last.message, deactivated: undefined };
}

/** Tells of pods, not of quota. */
const JOB_CONTROLLER = 'job-controller';

/** Undefined also without the right to read them. */
async function workloadOf(cluster: Pick<Cluster, 'discover' | 'list'>, job: Job): Promise<Workload | undefined> {
  const { namespace, uid = '' } = job.metadata;
  for (const version of VERSIONS) {
    const kind = (await cluster.discover(version, 'Workload')) as Kind<Workload> | undefined;
    if (kind === undefined) continue;
    const labelSelector = `${JOB_UID_LABEL}=${uid}`;
    return (await listed(cluster, kind, { namespace, labelSelector }))[0];
  }
  return undefined;
}

async function listed(
  cluster: Pick<Cluster, 'list'>,
  kind: Kind<Workload>,
  query: Query,
): Promise<readonly Workload[]> {
  try {
    return (await cluster.list(kind, query, new AbortController().signal)).items;
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return [];
    throw error;
  }
}

/** The reasons of `QuotaReserved` that time does not change, by their names before and since Kueue 0.19. */
const INADMISSIBLE: ReadonlySet<string> = new Set(['Inadmissible', 'Misconfigured']);
const TOO_LARGE = 'ExceedsMaxQuota';

function never({ status }: Workload): Never | undefined {
  const { status: holds, reason = '', message = '' } = condition(status?.conditions, 'QuotaReserved') ?? {};
  if (holds !== 'False') return undefined;
  if (INADMISSIBLE.has(reason))
    return /queue .*(doesn't exist|not found)/i.test(message) ? 'QueueNotFound' : 'Inadmissible';
  return reason === TOO_LARGE || message.split(';').some(isTooLarge) ? 'QuotaNeverFits' : undefined;
}

/** Of a set of pods, all flavors: one that is only in use at present may do later. */
function isTooLarge(words: string): boolean {
  return words.includes('maximum capacity') && !words.includes('unused quota') && !words.includes('preemption');
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
