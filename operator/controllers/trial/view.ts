/** Everything the trial controller knows when it looks at a trial. */
import type { Study } from '../../api/study.ts';
import type { Attempt, Report, Trial } from '../../api/trial.ts';
import { isTrue } from '../../conditions.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { primaryContainer } from '../../objects/job.ts';
import { COMPLETION_INDEX } from '../../objects/workload.ts';
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
 * The pod of a Job that reports: that of index 0 where a Job has several at once; of those that came one after the
 * other, one that has not finished, else the youngest.
 */
export function podOf(job: string, pods: readonly Pod[]): Pod | undefined {
  const own = podsOfJob(job, pods).filter((pod) => (completionIndex(pod) ?? '0') === '0');
  const byAge = own.toSorted((a, b) =>
    (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''),
  );
  return byAge.find(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed') ?? byAge.at(-1);
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
