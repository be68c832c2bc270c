/** Which pods are a trial's, which of them an attempt had, and since when that is gone. Pure. */
import { TRIAL_UID_LABEL } from '../../api/common.ts';
import type { Study } from '../../api/study.ts';
import type { Attempt, Trial } from '../../api/trial.ts';
import type { Pod } from '../../kube/kinds.ts';
import { primaryContainer } from '../../objects/job.ts';
import { finishTime, hasFinished, startTime, wasDisrupted } from './pod.ts';

/** Two API servers may differ by so much in what time it is. */
const CLOCKS_DIFFER_MS = 5_000;

/**
 * Made for this Trial and not for another of its name: a Study that is deleted and applied again has the same names, while
 * the pods of the first are still ending. Pods that do not say whose they are (those of other kinds may not) are older
 * than the Trial then.
 */
export function isMadeFor({ metadata: trial }: Trial, { metadata: pod }: Pod): boolean {
  const uid = pod.labels?.[TRIAL_UID_LABEL];
  if (uid !== undefined) return uid === trial.uid;
  const [born, made] = [trial, pod].map(({ creationTimestamp }) => Date.parse(creationTimestamp ?? ''));
  return !((made ?? 0) < (born ?? 0) - CLOCKS_DIFFER_MS);
}

/** Some kinds give the next pod the same name, but it starts at another time. */
export function isPodOf({ pod: name, startTime: start, endTime: end }: Attempt, pod: Pod): boolean {
  if (pod.metadata.name !== name) return false;
  const started = startTime(pod);
  if (started === undefined || start === undefined) return end === undefined;
  return Date.parse(started) === Date.parse(start);
}

export interface Seen {
  readonly study: Study;
  /** The pods of the trial that exist. */
  readonly pods: readonly Pod[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * RFC 3339; undefined before it has started and while it is there. It holds no GPU any more, though its Job may take long
 * to end, or to get another pod: so does one that was disrupted and of which only the object is left.
 */
export function goneSince({ study, pods, now }: Seen, attempt: Attempt): string | undefined {
  if (attempt.pod === undefined) return undefined;
  const own = pods.find((pod) => isPodOf(attempt, pod));
  if (own && !(hasFinished(own) && wasDisrupted(own))) return undefined;
  return finishTime(own, primaryContainer(study.spec)) ?? attempt.endTime ?? new Date(now).toISOString();
}
