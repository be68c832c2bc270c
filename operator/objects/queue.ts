/** What a Study says about its queue, worked out. Pure. */
import { PRIORITY_LABEL, QUEUE_LABEL } from '../api/queue.ts';
import type { StudySpec } from '../api/study.ts';
import type { Job } from '../kube/kinds.ts';

/** The queue its Jobs wait in; undefined where they do not. */
export function queueOf({ trialTemplate }: StudySpec): string | undefined {
  return trialTemplate.metadata?.labels?.[QUEUE_LABEL];
}

/** The queue this Job waits in: Kueue gives one to Jobs that name none, where the namespace has a default. */
export function queueOfJob({ metadata }: Pick<Job, 'metadata'>, spec: StudySpec): string | undefined {
  return metadata.labels?.[QUEUE_LABEL] ?? queueOf(spec);
}

const SURPLUS_SHARE = 0.25;
const MAX_SURPLUS = 4;

/** At most this many trials wait in the queue at once. */
export function surplusOf(spec: StudySpec): number {
  return spec.queue?.surplus ?? Math.min(MAX_SURPLUS, Math.ceil(SURPLUS_SHARE * spec.parallelism));
}

/** Labels of the Job of a trial that trains towards this resource level. */
export function priorityLabels({ queue }: StudySpec, level: number): Readonly<Record<string, string>> {
  const classes = (queue?.priorityClasses ?? []).filter(({ fromLevel }) => fromLevel <= level);
  const highest = classes.toSorted((a, b) => a.fromLevel - b.fromLevel).at(-1);
  return highest === undefined ? {} : { [PRIORITY_LABEL]: highest.name };
}
