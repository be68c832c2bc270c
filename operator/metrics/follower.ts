/**
 * Follows the logs of the pods that are training: one stream per container, opened again where it broke, until the log has been
 * read to its end. What it holds is a copy of what the log says and can be lost at any time.
 */
import { type Cluster, isKubeError, KubeError, keyOf, type ObjectRef } from '../kube/cluster.ts';
import { POD, type Pod } from '../kube/kinds.ts';
import { backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import { ReadBudget } from './budget.ts';
import { type LogLine, LogLines } from './log-lines.ts';
import { LogRecord, type LogState, type Resumed } from './log-record.ts';
import { Outage } from './outage.ts';
import type { LineReader } from './reading.ts';

export interface Source {
  readonly pod: ObjectRef;
  /** A pod of the same name but another uid is another pod. */
  readonly uid: string;
  readonly container: string;
  readonly read: LineReader;
  /** Lines that are no JSON objects may be reports too. */
  readonly readsText?: boolean;
  /** Reports below this level are on record and need not be kept. */
  readonly recorded?: number;
  /** What is on record from before: what was printed until then is not read again. */
  readonly resumed?: Resumed | undefined;
  /** RFC 3339: what was printed before is of no interest. */
  readonly since?: string | undefined;
}

/** Waits before a broken stream is opened again: short, for what it says decides what runs on. */
const REOPEN = { firstMs: 200, longestMs: 10_000, quietMs: 30_000 };
/**
 * A log that is opened again is read from so long before its last line: lines of two streams may be written out of order,
 * and clocks are set.
 */
const OVERLAP_MS = 10_000;

/** One log is read so long at a time, and then rests so many times as long. */
const TURN_MS = 5;
const REST = 4;

interface Followed {
  readonly source: Source;
  readonly abort: AbortController;
  readonly record: LogRecord;
  readonly budget: ReadBudget;
  readonly outage: Outage;
  complete: boolean;
}

export interface FollowerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: () => number;
  /** A pod's log has news: new reports, its end, or that it cannot be read for some time. */
  readonly onNews: (pod: ObjectRef) => void;
  /** A stream broke and will be opened again. */
  readonly onBroken: (pod: ObjectRef, error: unknown) => void;
}

export class LogFollower {
  readonly #options: FollowerOptions;
  /** By pod, then by container. */
  readonly #followed = new Map<string, Map<string, Followed>>();

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** What the pod's log says so far; begins to follow it when nobody does. */
  follow(source: Source): LogState {
    const known = this.#followed.get(keyOf(source.pod))?.get(source.container);
    if (known?.source.uid === source.uid) {
      known.record.forgetBelow(source.recorded ?? 0);
      return this.#stateOf(known);
    }
    known?.abort.abort();
    const { clock } = this.#options;
    const followed: Followed = {
      source,
      abort: new AbortController(),
      record: new LogRecord({ read: source.read, readsText: source.readsText ?? false, now: () => clock.now() }),
      budget: new ReadBudget(clock.now()),
      outage: new Outage(),
      complete: false,
    };
    this.#keep(followed);
    void this.#run(followed);
    return this.#stateOf(followed);
  }

  /** What a container's log has said as far as it was read, though the pod may be gone; undefined where nobody followed it. */
  said(pod: ObjectRef, container: string): LogState | undefined {
    const known = this.#followed.get(keyOf(pod))?.get(container);
    return known && this.#stateOf(known);
  }

  /** Forgets a pod that is gone or of no more interest. */
  forget(pod: ObjectRef): void {
    for (const { abort } of this.#followed.get(keyOf(pod))?.values() ?? []) abort.abort();
    this.#followed.delete(keyOf(pod));
  }

  /** Pods being followed. */
  get size(): number {
    return this.#followed.size;
  }

  stop(): void {
    for (const pod of this.#followed.values()) for (const { abort } of pod.values()) abort.abort();
    this.#followed.clear();
  }

  #stateOf({ record, complete, source: { resumed }, outage }: Followed): LogState {
    const unread = outage.at(this.#options.clock.now());
    return { ...record.state(complete), ...(resumed && { resumed }), ...(unread && { unread }) };
  }

  #keep(followed: Followed): void {
    const { pod, container } = followed.source;
    const ofPod = this.#followed.get(keyOf(pod)) ?? new Map<string, Followed>();
    this.#followed.set(keyOf(pod), ofPod.set(container, followed));
  }

  /**
   * A stream also ends when a server in between goes away: a log has been read to its end only when its container had
   * ended before the stream was opened.
   */
  async #run(followed: Followed): Promise<void> {
    const { signal } = followed.abort;
    const wait = backoff(REOPEN, this.#options.random);
    for (let hadEnded = false; !followed.complete && !signal.aborted; ) {
      const before: boolean = hadEnded;
      hadEnded = await this.#stream(followed, before);
      if (!hadEnded && !followed.complete) await this.#sleep(followed, wait(this.#options.clock.now()));
    }
    if (!signal.aborted) this.#options.onNews(followed.source.pod);
  }

  /** One stream, to its end. True when its container has ended; `hadEnded` when it had before. */
  async #stream(followed: Followed, hadEnded: boolean): Promise<boolean> {
    try {
      followed.outage.opens(this.#options.clock.now());
      await this.#readToEnd(followed);
      followed.outage.ends();
      followed.complete = hadEnded;
      return hadEnded || (await this.#hasEnded(followed));
    } catch (error) {
      if (!followed.abort.signal.aborted) await this.#broken(followed, error);
      return false;
    }
  }

  async #broken(followed: Followed, error: unknown): Promise<void> {
    // A kubelet that has just started does not know its pods yet: a log is only gone when its pod is.
    followed.complete = isKubeError(error, 'NotFound') && (await this.#isGone(followed).catch(() => false));
    if (followed.complete) return;
    this.#options.onBroken(followed.source.pod, error);
    if (followed.outage.fails(error, this.#options.clock.now())) this.#options.onNews(followed.source.pod);
  }

  /** Only cut short when nobody follows this pod any more: the loop ends then. */
  async #sleep(followed: Followed, ms: number): Promise<void> {
    await this.#options.clock.sleep(ms, followed.abort.signal).catch(() => undefined);
  }

  async #isGone(followed: Followed): Promise<boolean> {
    return (await this.#pod(followed)) === undefined;
  }

  async #hasEnded(followed: Followed): Promise<boolean> {
    const pod = await this.#pod(followed);
    return !pod || hasContainerEnded(pod, followed.source.container);
  }

  /** As the server has it; undefined where it is gone, or another of its name. */
  async #pod({ source: { pod, uid } }: Followed): Promise<Pod | undefined> {
    const found = await this.#options.cluster.get(POD, pod);
    return found?.metadata.uid === uid ? found : undefined;
  }

  async #readToEnd(followed: Followed): Promise<void> {
    const { cluster, clock } = this.#options;
    const { record, budget } = followed;
    const { pod, container, resumed, since: wanted } = followed.source;
    const { signal } = followed.abort;
    const lines = new LogLines();
    const droppedBefore = record.dropped;
    const since = sinceOf(record.lastAt ?? (resumed && Date.parse(resumed.at))) ?? wanted;
    record.open(since === undefined);
    for await (const chunk of cluster.logs(pod, { container, signal, ...(since !== undefined && { since }) })) {
      await this.#take(followed, lines.push(chunk));
      record.dropped = Math.max(droppedBefore, lines.cut);
      const pauseMs = budget.spend(chunk.length, clock.now());
      if (pauseMs > 0) await this.#sleep(followed, pauseMs);
    }
    await this.#take(followed, lines.end());
    if (lines.words !== undefined) throw new KubeError('Network', `in the place of the log: ${lines.words}`);
  }

  /** A pattern may need long for each line: now and then it is the turn of others. */
  async #take(followed: Followed, lines: Iterator<LogLine>): Promise<void> {
    const { clock, onNews } = this.#options;
    for (let rest = true; rest && !followed.abort.signal.aborted; ) {
      const began = clock.now();
      const taken = followed.record.take(lines, () => clock.now() - began < TURN_MS);
      const isBack = taken.any && followed.outage.ends();
      if (taken.news || isBack) onNews(followed.source.pod);
      rest = taken.rest;
      if (rest) await this.#sleep(followed, REST * (clock.now() - began));
    }
  }
}

/** RFC 3339. */
function sinceOf(lastAt: number | undefined): string | undefined {
  return lastAt === undefined || Number.isNaN(lastAt) ? undefined : new Date(lastAt - OVERLAP_MS).toISOString();
}

/** One that is not a main container of the pod may be started again as long as the pod lives. */
function hasContainerEnded({ status }: Pod, container: string): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  return status?.containerStatuses?.find(({ name }) => name === container)?.state?.terminated !== undefined;
}
