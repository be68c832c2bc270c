/** Everything the trial controller knows when it looks at a trial. */
import type { Study } from '../../api/study.ts';
import type { Attempt, Report, Trial } from '../../api/trial.ts';
import { isTrue } from '../../conditions.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { primaryContainer } from '../../objects/job.ts';
import { COMPLETION_INDEX } from '../../objects/workload.ts';
import { isPodOf } from './own-pod.ts';
import { hasFinished } from './pod.ts';
import type { QueueWords } from './queue-words.ts';

export interface TrialView {
  readonly study: Study;
  readonly trial: Trial;
  /** The Jobs of this Trial that exist. */
  readonly jobs: readonly Job[];
  /** The pods of this Trial that exist. */
  readonly pods: readonly Pod[];
  /** What the pod of the current attempt has reported, when there is such a pod and it has started. */
  readonly news: LogState | undefined;
  /** In which words the Job of the current attempt was refused its pod, once it has had no pod for too long. */
  readonly refusal?: string | undefined;
  /** What its queue says of the Job of the current attempt, while it holds that back. */
  readonly queue?: QueueWords | undefined;
  /** What was told last of the pod of the current attempt, once it is overdue and its status does not say why. */
  readonly complaint?: string | undefined;
  /** The conditions that the object of the current attempt has itself, in words, where it is of another kind than Job. */
  readonly conditions?: readonly string[] | undefined;
  /** Rung levels of all brackets and the maximum, ascending. */
  readonly levels: readonly number[];
  /** True where trials end at `until` to be promoted. */
  readonly pauses: boolean;
  /** The operator's own image, for sidecars; undefined where it was not told. */
  readonly image?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The level the trial's code is told to run to. */
export function runsTo(view: Pick<TrialView, 'study' | 'trial' | 'pauses'>): number {
  return view.study.spec.pause === 'Signal' ? view.study.spec.resource.max : mayRunTo(view);
}

/** The level the trial may run to, whatever its code has been told. */
export function mayRunTo({ study, trial, pauses }: Pick<TrialView, 'study' | 'trial' | 'pauses'>): number {
  return pauses ? trial.spec.until : study.spec.resource.max;
}

/** The attempt that has not ended. */
export function openAttempt(trial: Trial): Attempt | undefined {
  const last = trial.status?.attempts?.at(-1);
  return last?.outcome === undefined ? last : undefined;
}

export function hasFinishedJob({ status }: Job): boolean {
  return isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed');
}

export function podsOfJob(job: string, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ kind, name }) => kind === 'Job' && name === job),
  );
}

/**
 * The pod of an attempt that reports: the one on record while it is there, as a Job may have several alike; else, of those
 * that came one after the other, one that has not finished, else the youngest.
 */
export function podOf(view: Pick<TrialView, 'study' | 'pods'>, attempt: Attempt): Pod | undefined {
  const byAge = reportingPods(view, attempt.job);
  const own = attempt.pod === undefined ? undefined : byAge.find((pod) => isPodOf(attempt, pod));
  return own ?? byAge.find((pod) => !hasFinished(pod)) ?? byAge.at(-1);
}

/** Those that may report, the oldest first: of index 0 where a Job has several at once, and with the container that trains. */
export function reportingPods({ study, pods }: Pick<TrialView, 'study' | 'pods'>, job: string): readonly Pod[] {
  const name = container(study);
  const able = podsOfJob(job, pods).filter(
    (pod) => (completionIndex(pod) ?? '0') === '0' && pod.spec.containers.some((each) => each.name === name),
  );
  return able.toSorted((a, b) =>
    (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''),
  );
}

/** Of a pod of an Indexed Job. */
export function completionIndex({ metadata }: Pod): string | undefined {
  return metadata.annotations?.[COMPLETION_INDEX] ?? metadata.labels?.[COMPLETION_INDEX];
}

export function container(study: Study): string {
  return primaryContainer(study.spec);
}

export function reached(reports: readonly Report[]): number {
  return reports.at(-1)?.resource ?? 0;
}
