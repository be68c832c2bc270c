/** Which pod an attempt had, and since when that is gone. Pure. */
import type { Attempt } from '../../api/trial.ts';
import type { Pod } from '../../kube/kinds.ts';
import { startTime } from './pod.ts';

/** Some kinds give the next pod the same name, but it starts at another time. */
export function isPodOf({ pod: name, startTime: start, endTime: end }: Attempt, pod: Pod): boolean {
  if (pod.metadata.name !== name) return false;
  const started = startTime(pod);
  if (started === undefined || start === undefined) return end === undefined;
  return Date.parse(started) === Date.parse(start);
}

export interface Seen {
  /** The pods of the trial that exist. */
  readonly pods: readonly Pod[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * RFC 3339; undefined before it has started and while it is there. It holds no GPU any more, though its Job may take long
 * to end, or to get another pod.
 */
export function goneSince({ pods, now }: Seen, attempt: Attempt): string | undefined {
  if (attempt.pod === undefined || pods.some((pod) => isPodOf(attempt, pod))) return undefined;
  return attempt.endTime ?? new Date(now).toISOString();
}
