/**
 * Follows the logs of the pods that are training: one stream per pod, read from its beginning and opened again when it
 * breaks, until it has been read to its end. What it holds is a copy of what the log says and can be lost at any time.
 */
import type { Report } from '../api/trial.ts';
import { type Cluster, isKubeError, keyOf, type ObjectRef } from '../kube/cluster.ts';
import { POD } from '../kube/kinds.ts';
import { backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { type LogLine, LogLines } from './log-lines.ts';
import type { LineReader, Read } from './reading.ts';

export interface Source {
  readonly pod: ObjectRef;
  /** A pod of the same name but another uid is another pod. */
  readonly uid: string;
  readonly container: string;
  readonly read: LineReader;
}

export interface LogState {
  /** Finite reports in the order they were printed, each resource level once. */
  readonly reports: readonly Report[];
  /** A report whose value was not finite: the training diverged there. */
  readonly diverged: { readonly resource: number; readonly value: number } | undefined;
  /** Names of other numbers that were reported, when the metric never was. */
  readonly otherNames: readonly string[];
  /** The last lines. */
  readonly tail: readonly string[];
  /** Lines dropped for their length. */
  readonly dropped: number;
  /** The whole log has been read: the container has ended and nothing more will come. */
  readonly complete: boolean;
}

/** Lines kept for the message of a failure. */
const TAIL_LINES = 5;
const TAIL_WIDTH = 200;
/** Other names shown, and about as many remembered: they come from whatever runs in the pod. */
const MAX_NAMES = 20;
/** More distinct resource levels than this per pod are dropped: a flood, not a curve. */
const MAX_REPORTS = 100_000;

/** Waits before a broken stream is opened again: short, for what it says decides what runs on. */
const REOPEN = { firstMs: 200, longestMs: 10_000, quietMs: 30_000 };

interface Followed {
  readonly source: Source;
  readonly abort: AbortController;
  reports: Report[];
  seen: Set<number>;
  diverged: LogState['diverged'];
  otherNames: Set<string>;
  tail: string[];
  dropped: number;
  complete: boolean;
}

export interface FollowerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: () => number;
  /** A pod's log has news: new reports, or its end. */
  readonly onNews: (pod: ObjectRef) => void;
  /** A stream broke and will be opened again. */
  readonly onBroken: (pod: ObjectRef, error: unknown) => void;
}

export class LogFollower {
  readonly #options: FollowerOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** What the pod's log says so far; begins to follow it when nobody does. */
  follow(source: Source): LogState {
    const key = keyOf(source.pod);
    const known = this.#followed.get(key);
    if (known?.source.uid === source.uid) return stateOf(known);
    known?.abort.abort();
    const followed: Followed = {
      source,
      abort: new AbortController(),
      reports: [],
      seen: new Set(),
      diverged: undefined,
      otherNames: new Set(),
      tail: [],
      dropped: 0,
      complete: false,
    };
    this.#followed.set(key, followed);
    void this.#run(followed);
    return stateOf(followed);
  }

  /** Forgets a pod that is gone or of no more interest. */
  forget(pod: ObjectRef): void {
    this.#followed.get(keyOf(pod))?.abort.abort();
    this.#followed.delete(keyOf(pod));
  }

  /** Pods being followed. */
  get size(): number {
    return this.#followed.size;
  }

  stop(): void {
    for (const { abort } of this.#followed.values()) abort.abort();
    this.#followed.clear();
  }

  async #run(followed: Followed): Promise<void> {
    const { signal } = followed.abort;
    const wait = backoff(REOPEN, this.#options.random);
    while (!followed.complete && !signal.aborted) {
      try {
        await this.#readToEnd(followed);
        followed.complete = await this.#hasEnded(followed);
        if (!followed.complete) await this.#wait(followed, wait);
      } catch (error) {
        if (!signal.aborted) await this.#reopen(followed, error, wait);
      }
    }
    if (!signal.aborted) this.#options.onNews(followed.source.pod);
  }

  /** After a stream broke: waits, unless the pod is gone and has no more to say. */
  async #reopen(followed: Followed, error: unknown, wait: (failedAt: number) => number): Promise<void> {
    if (isKubeError(error, 'NotFound')) {
      followed.complete = true;
      return;
    }
    this.#options.onBroken(followed.source.pod, error);
    await this.#wait(followed, wait);
  }

  async #wait(followed: Followed, wait: (failedAt: number) => number): Promise<void> {
    const { clock } = this.#options;
    // The sleep is only cut short when nobody follows this pod any more: the loop ends then.
    await clock.sleep(wait(clock.now()), followed.abort.signal).catch(() => undefined);
  }

  /** A stream also ends when a server in between goes away: only a container that has ended has nothing more to say. */
  async #hasEnded({ source: { pod, uid, container } }: Followed): Promise<boolean> {
    const found = await this.#options.cluster.get(POD, pod);
    if (!found || found.metadata.uid !== uid) return true;
    return found.status?.containerStatuses?.find(({ name }) => name === container)?.state?.terminated !== undefined;
  }

  async #readToEnd(followed: Followed): Promise<void> {
    const { cluster, onNews } = this.#options;
    const { pod, container, read } = followed.source;
    const { signal } = followed.abort;
    const lines = new LogLines();
    // Read from the beginning, the last lines replace those of a stream that broke, once there are any.
    const tail: string[] = [];
    const takeAll = (some: Iterable<LogLine>): boolean => {
      let news = false;
      for (const line of some) {
        remember(tail, line.text);
        followed.tail = tail;
        news = take(followed, read(line.text), line.at) || news;
      }
      followed.dropped = Math.max(followed.dropped, lines.dropped);
      return news;
    };
    for await (const chunk of cluster.logs(pod, { container, signal })) if (takeAll(lines.push(chunk))) onNews(pod);
    takeAll(lines.end());
  }
}

function remember(tail: string[], text: string): void {
  tail.push(text.slice(0, TAIL_WIDTH));
  if (tail.length > TAIL_LINES) tail.shift();
}

/** True when it was a report not seen before. */
function take(followed: Followed, read: Read, at: number): boolean {
  if (read.kind === 'other' && followed.otherNames.size < MAX_NAMES) {
    for (const name of read.names) followed.otherNames.add(name);
  }
  if (read.kind !== 'report') return false;
  const { resource, value } = read.report;
  if (!Number.isFinite(value)) {
    followed.diverged ??= { resource, value };
    return true;
  }
  if (followed.seen.has(resource) || followed.seen.size >= MAX_REPORTS) return false;
  followed.seen.add(resource);
  followed.reports.push({ resource, value, at: new Date(at).toISOString() });
  return true;
}

function stateOf(followed: Followed): LogState {
  const { reports, diverged, otherNames, tail, dropped, complete } = followed;
  return { reports, diverged, otherNames: [...otherNames].slice(0, MAX_NAMES), tail, dropped, complete };
}
