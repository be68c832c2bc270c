/** From what was seen to what is said of it. */
import type { Trial } from '../../operator/api/trial.ts';
import type { Diary } from './load.ts';

/** Milliseconds. */
export interface Latency {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

export function latency(all: readonly number[]): Latency {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, median: at(0.5), p99: at(0.99), most: at(1) };
}

/** The level at which the scheduler stopped a trial; undefined for one it did not stop. */
function stoppedAt({ spec }: Trial): number | undefined {
  return spec.stop?.reason === 'StoppedByScheduler'
    ? spec.decisions.find(({ kind }) => kind === 'Stop')?.level
    : undefined;
}

/** From the report that a trial is stopped for, to the deletion of its Job (by the operator's log). */
export function reportToDeletion(
  trials: readonly Trial[],
  diary: Diary,
  deletedAt: ReadonlyMap<string, number>,
): number[] {
  return trials.flatMap((trial) => {
    const level = stoppedAt(trial);
    const from = level === undefined ? undefined : diary.reportedAt(trial.metadata.name, level);
    const to = deletedAt.get(trial.metadata.name);
    return from === undefined || to === undefined ? [] : [to - from];
  });
}

/** The same to the moment the kubelet tells the pod to end. */
export function reportToSignal(trials: readonly Trial[], diary: Diary): number[] {
  return trials.flatMap((trial) => {
    const level = stoppedAt(trial);
    const from = level === undefined ? undefined : diary.reportedAt(trial.metadata.name, level);
    const to = diary.endedAt(trial.metadata.name);
    return from === undefined || to === undefined ? [] : [to - from];
  });
}

/** When Jobs were deleted, by the name of their trial, from the lines of the operator's log. */
export function deletions(log: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of log.split('\n')) {
    if (!line.includes('"deleted a Job"')) continue;
    const { time, job } = JSON.parse(line) as { time: number | string; job: string };
    const trial = job.slice(job.indexOf('/') + 1).replace(/-\d+$/, '');
    if (!found.has(trial)) found.set(trial, typeof time === 'number' ? time : Date.parse(time));
  }
  return found;
}

/** Requests that write, from the operator's own metrics. */
export function writes(page: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of page.split('\n')) {
    const match = /^abohb_api_request_duration_seconds_count\{(?<labels>[^}]*)\} (?<count>\d+)/.exec(line);
    if (!match?.groups) continue;
    const labels = Object.fromEntries(
      [...(match.groups['labels'] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]]),
    );
    if (!WRITES.has(labels['verb'] ?? '')) continue;
    const name = `${labels['verb']} ${labels['kind']}`;
    counts[name] = (counts[name] ?? 0) + Number(match.groups['count']);
  }
  return counts;
}

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'apply', 'delete']);
