/**
 * Events about objects, for `kubectl describe`. Recording never waits and never fails; what repeats becomes a count on
 * one Event, written at most every few seconds.
 */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { type Cluster, isKubeError, type KubeObject, refOf } from '../kube/cluster.ts';
import { EVENT, type Event } from '../kube/kinds.ts';
import type { Clock } from './clock.ts';
import { WorkQueue } from './queue.ts';
import type { RuntimeTelemetry } from './telemetry.ts';

export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, one of few. */
  readonly reason: string;
  readonly message: string;
}

export interface EventOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: RuntimeTelemetry;
  /** `source.component` and field manager. Default abohb. */
  readonly component?: string;
  /** Different Events waiting to be written; more are dropped. Default 500. */
  readonly capacity?: number;
  /** Shortest time between two writes of one Event. Default 5 s. */
  readonly everyMs?: number;
}

/** One Event as it should be on the server. */
interface Entry {
  readonly event: Event;
  /** Occurrences not yet in `event.count`. */
  readonly pending: number;
  readonly isOnServer: boolean;
  readonly writtenAt: number;
  readonly failures: number;
}

/** Tries of one write before its occurrences are dropped: Events are a courtesy. */
const TRIES = 4;

/** Events remembered for their counts, beyond those waiting. */
const REMEMBERED = 1_000;

/** The server's limit for messages, and room for the name's hash in names of at most 253 characters. */
const MESSAGE_CHARS = 1_024;
const NAME_CHARS = 230;

export class EventRecorder {
  readonly #options: EventOptions;
  readonly #component: string;
  readonly #capacity: number;
  readonly #everyMs: number;
  readonly #queue: WorkQueue;
  /** By namespace/name of the Event, the longest unwritten first. */
  readonly #entries = new Map<string, Entry>();
  /** Settles when the writes so far are over: there is one at a time. */
  #writes: Promise<void> = Promise.resolve();
  #dropped = 0;

  constructor(options: EventOptions) {
    this.#options = options;
    this.#component = options.component ?? 'abohb';
    this.#capacity = options.capacity ?? 500;
    this.#everyMs = options.everyMs ?? 5_000;
    this.#queue = new WorkQueue({ clock: options.clock });
  }

  /** How many were thrown away. */
  get dropped(): number {
    return this.#dropped;
  }

  record(object: KubeObject, happening: Happening): void {
    const { clock } = this.#options;
    const now = clock.now();
    const event = newEvent(object, happening, { component: this.#component, now });
    const key = `${event.metadata.namespace}/${event.metadata.name}`;
    const known = this.#entries.get(key);
    if ((known?.pending ?? 0) === 0 && this.#queue.depth >= this.#capacity) {
      this.#drop(key, 1, 'too many are waiting');
      return;
    }
    const fresh = { event, pending: 0, isOnServer: false, writtenAt: Number.NEGATIVE_INFINITY, failures: 0 };
    const entry = known ?? fresh;
    const { lastTimestamp } = event;
    this.#entries.set(key, { ...entry, event: { ...entry.event, lastTimestamp }, pending: entry.pending + 1 });
    this.#queue.add(key, Math.max(0, entry.writtenAt + this.#everyMs - now));
  }

  /** Writes what is recorded, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.next(signal);
      if (key === undefined) return;
      await this.#write(key);
      this.#queue.done(key);
    }
  }

  /** Writes everything waiting now, each at most once; for the end of the process. */
  async flush(): Promise<void> {
    for (const key of [...this.#entries.keys()]) await this.#write(key);
  }

  #write(key: string): Promise<void> {
    this.#writes = this.#writes.then(() => this.#writeNow(key));
    return this.#writes;
  }

  async #writeNow(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.pending === 0) return;
    const event = { ...entry.event, count: entry.event.count + entry.pending };
    try {
      const written = await this.#put(event, entry.isOnServer);
      this.#wrote(key, entry.pending, written);
    } catch (error) {
      this.#failed(key, error);
    }
  }

  /** Creates the Event, or sets its count and last time. */
  async #put(event: Event, isOnServer: boolean): Promise<Event> {
    const { cluster } = this.#options;
    const options = { fieldManager: this.#component };
    if (isOnServer) {
      await cluster.apply(EVENT, event, options);
      return event;
    }
    try {
      await cluster.create(EVENT, event);
      return event;
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
    }
    // Written by an earlier process: count on from there.
    const before = await cluster.get(EVENT, refOf(event));
    const continued = {
      ...event,
      count: event.count + (before?.count ?? 0),
      firstTimestamp: before?.firstTimestamp ?? event.firstTimestamp,
    };
    await cluster.apply(EVENT, continued, options);
    return continued;
  }

  #wrote(key: string, written: number, event: Event): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const writtenAt = this.#options.clock.now();
    const { lastTimestamp } = entry.event;
    const pending = entry.pending - written;
    this.#entries.delete(key); // Set anew, it is the last to be forgotten.
    this.#entries.set(key, { event: { ...event, lastTimestamp }, pending, isOnServer: true, writtenAt, failures: 0 });
    this.#forgetSome();
  }

  #failed(key: string, error: unknown): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const failures = entry.failures + 1;
    const isHopeless = isKubeError(error, 'Forbidden', 'Invalid', 'BadRequest', 'NotFound', 'Unauthorized');
    if (isHopeless || failures >= TRIES) {
      this.#entries.delete(key);
      this.#queue.forget(key);
      this.#drop(key, entry.pending, error);
      return;
    }
    this.#entries.set(key, { ...entry, failures });
    this.#queue.retry(key, { atLeastMs: isKubeError(error) ? error.retryAfterMs : undefined });
  }

  #drop(key: string, count: number, reason: unknown): void {
    this.#dropped += count;
    this.#options.telemetry.eventDropped();
    this.#options.log.warn({ event: key, count, dropped: this.#dropped, reason }, 'events were dropped');
  }

  #forgetSome(): void {
    for (const [key, { pending }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED) return;
      if (pending === 0) this.#entries.delete(key);
    }
  }
}

function newEvent(object: KubeObject, happening: Happening, by: { component: string; now: number }): Event {
  const { namespace = '', name, uid = '' } = object.metadata;
  const hash = createHash('sha256')
    .update(JSON.stringify([uid, happening.reason, happening.message]))
    .digest('hex');
  const now = new Date(by.now).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, NAME_CHARS)}.${hash.slice(0, 16)}`.replace(/[.-]+\./, '.'), namespace },
    involvedObject: { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid },
    type: happening.type,
    reason: happening.reason,
    message: happening.message.slice(0, MESSAGE_CHARS),
    count: 0,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: by.component },
  };
}
