/** The objects the Job controller and the kubelet write: pods for Jobs, and the status of both. */
import { createHash } from 'node:crypto';
import type { OwnerReference } from '../kube/cluster.ts';
import type { Condition, ContainerStatus, Job, Pod } from '../kube/kinds.ts';

/** Keeps the pod until its process is gone. */
export const PROCESS_FINALIZER = 'abohb.dev/process';
/** Which process is the pod's: its id and its start. */
export const PROCESS_ANNOTATION = 'abohb.dev/process';
/** On a pod that ends because its Job was suspended: that is no failure of the Job. */
export const SUSPENDED_ANNOTATION = 'abohb.dev/suspended';
/** The container that is run, by the name kubectl knows. */
export const CONTAINER_ANNOTATION = 'kubectl.kubernetes.io/default-container';

/** Without vowels and look-alikes, as Kubernetes makes its names. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

/** The one pod of a Job; after a suspension another one, under another name. */
export function podOf(job: Job, container: string): Pod {
  const { name, namespace = '', uid = '', generation = 0 } = job.metadata;
  const { metadata, spec } = job.spec.template;
  const owner: OwnerReference = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${suffix(`${uid}/${generation}`)}`,
      namespace,
      labels: {
        ...metadata?.labels,
        'batch.kubernetes.io/controller-uid': uid,
        'batch.kubernetes.io/job-name': name,
        'job-name': name,
      },
      annotations: { ...metadata?.annotations, [CONTAINER_ANNOTATION]: container },
      ownerReferences: [owner],
      finalizers: [PROCESS_FINALIZER],
    },
    spec,
  };
}

function suffix(seed: string): string {
  const digest = createHash('sha256').update(seed).digest();
  return Array.from({ length: SUFFIX_LENGTH }, (_, i) => LETTERS[(digest[i] ?? 0) % LETTERS.length]).join('');
}

/** The Job the pod belongs to. */
export function ownerOf({ metadata }: Pod): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function hasFinished({ status }: Job): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: holds }) => holds === 'True' && (type === 'Complete' || type === 'Failed'),
  );
}

export function containerOf({ metadata }: Pod): string {
  return metadata.annotations?.[CONTAINER_ANNOTATION] ?? '';
}

/** Unique on this machine. */
export function processName({ metadata }: Pod): string {
  return `abohb-${metadata.namespace}-${metadata.name}`;
}

/** RFC 3339, to the second, as the API server writes times. */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}

type PodStatus = NonNullable<Pod['status']>;
type JobStatus = NonNullable<Job['status']>;

/** Waits for GPUs. */
export function queuedStatus(message: string, at: string): PodStatus {
  const scheduled = condition({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }, at);
  return { phase: 'Pending', conditions: [scheduled] };
}

export function runningStatus(container: string, at: string): PodStatus {
  const running: ContainerStatus = {
    name: container,
    ready: true,
    restartCount: 0,
    state: { running: { startedAt: at } },
  };
  return { phase: 'Running', startTime: at, conditions: [scheduledAt(at)], containerStatuses: [running] };
}

/** How a pod came to its end. */
export interface Ending {
  /** 0 and no disruption and no deadline: it succeeded. */
  readonly exitCode: number;
  /** Why there is no exit code of its own, or why it does not count. */
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt: string;
  readonly cause:
    | { readonly type: 'Exited' | 'StartError' | 'DeadlineExceeded' }
    /** Not its own doing; reason: of the DisruptionTarget condition. */
    | { readonly type: 'Disrupted'; readonly reason: string; readonly message: string };
}

export function endedStatus(container: string, ending: Ending): PodStatus {
  const { exitCode, message, startedAt, finishedAt, cause } = ending;
  const note = message === undefined ? {} : { message };
  const start = startedAt === undefined ? {} : { startedAt };
  const exit = exitCode === 0 ? 'Completed' : 'Error';
  const reason = cause.type === 'StartError' ? cause.type : exit;
  const terminated = { exitCode, reason, ...note, ...start, finishedAt };
  return {
    phase: cause.type === 'Exited' && exitCode === 0 ? 'Succeeded' : 'Failed',
    ...(cause.type === 'DeadlineExceeded' ? { reason: cause.type } : {}),
    ...note,
    ...(startedAt === undefined ? {} : { startTime: startedAt }),
    conditions: endConditions(ending),
    containerStatuses: [{ name: container, ready: false, restartCount: 0, state: { terminated } }],
  };
}

function endConditions({ startedAt, finishedAt, cause }: Ending): readonly Condition[] {
  const scheduled = startedAt === undefined ? [] : [scheduledAt(startedAt)];
  if (cause.type !== 'Disrupted') return scheduled;
  const { reason, message } = cause;
  return [...scheduled, condition({ type: 'DisruptionTarget', status: 'True', reason, message }, finishedAt)];
}

/** The Job's status while its pod exists or is about to. */
export function activeStatus(job: Job, pod: Pod, at: string): JobStatus {
  const ready = pod.status?.phase === 'Running' ? 1 : 0;
  return { active: 1, ready, startTime: job.status?.startTime ?? at };
}

/** The Job's status once its pod has ended. */
export function finishedStatus(job: Job, pod: Pod, at: string): JobStatus {
  const startTime = job.status?.startTime ?? at;
  if (pod.status?.phase === 'Succeeded') {
    return {
      succeeded: 1,
      startTime,
      completionTime: at,
      conditions: [condition({ type: 'Complete', status: 'True' }, at)],
    };
  }
  const why =
    pod.status?.reason === 'DeadlineExceeded'
      ? { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' }
      : { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  return { failed: 1, startTime, conditions: [condition({ type: 'Failed', status: 'True', ...why }, at)] };
}

export function suspendedStatus(job: Job, at: string): JobStatus {
  const since = job.status?.conditions?.find(({ type }) => type === 'Suspended')?.lastTransitionTime ?? at;
  const why = { reason: 'JobSuspended', message: 'Job suspended' };
  return { conditions: [condition({ type: 'Suspended', status: 'True', ...why }, since)] };
}

function scheduledAt(at: string): Condition {
  return condition({ type: 'PodScheduled', status: 'True' }, at);
}

function condition(fields: Condition, lastTransitionTime: string): Condition {
  return { ...fields, lastTransitionTime };
}
