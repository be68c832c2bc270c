/**
 * Reading our own writes: remembers the resource version each write got, so that nothing is decided on a cache that has
 * not seen it yet. One instance per kind of object written, keyed by whatever is reconciled (which may be the owner of
 * the objects written).
 */
import type { Logger } from 'pino';
import { isKubeError, type KubeObject } from '../kube/cluster.ts';
import type { Clock } from './clock.ts';
import { isAtLeast } from './versions.ts';

/** What is asked of a cache here. */
export interface Versioned {
  readonly resourceVersion: string | undefined;
  readonly lists: number;
  advanced(): Promise<void>;
}

export interface FreshnessOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Asks for a full list, begun after this call; returns the value of the cache's `lists` once that list is in. Called when
   * a write stays unseen: the watch may have fallen silent, or the server's versions may have begun anew.
   */
  readonly relist: () => number;
  /** How long a write may stay unseen before a full list is asked for. Default 10 s. */
  readonly patienceMs?: number;
}

interface Written {
  /** Undefined when the answer was lost: whether anything was written is not known. */
  readonly resourceVersion: string | undefined;
  readonly at: number;
  /** Number of lists after which the write counts as seen, whatever its version. */
  readonly seenAtLists: number | undefined;
}

const PATIENCE_MS = 10_000;

export class Freshness {
  readonly #options: FreshnessOptions;
  readonly #written = new Map<string, Written>();

  constructor(options: FreshnessOptions) {
    this.#options = options;
  }

  /** Notes a write made while reconciling `key`; undefined (a write that persisted nothing) is not noted. */
  wrote(key: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined) return;
    const known = this.#written.get(key);
    if (known !== undefined && isNoOlder(known, resourceVersion)) return;
    this.#written.set(key, { resourceVersion, at: this.#options.clock.now(), seenAtLists: undefined });
  }

  /**
   * Makes one write while reconciling `key` and notes it. When it may have been made although it failed (a lost
   * connection, an error of the server), nothing is decided before a full list begun after it.
   */
  async write<T extends KubeObject>(key: string, call: () => Promise<T>): Promise<T> {
    try {
      const written = await call();
      this.wrote(key, written.metadata.resourceVersion);
      return written;
    } catch (error) {
      if (isKubeError(error, ...DOUBTFUL)) this.#doubt(key);
      throw error;
    }
  }

  /** Forgets the key: it is no longer reconciled. */
  forget(key: string): void {
    this.#written.delete(key);
  }

  /** Whether the cache has seen every write noted for the key. */
  isFresh(key: string, cache: Versioned): boolean {
    const written = this.#written.get(key);
    if (written === undefined) return true;
    if (hasSeen(cache, written)) {
      this.#written.delete(key);
      return true;
    }
    this.#lookAgain(key, written, cache);
    return false;
  }

  /** Resolves once the cache is fresh; rejects with the signal's reason when it aborts first. */
  async untilFresh(key: string, cache: Versioned, signal: AbortSignal): Promise<void> {
    const { clock, patienceMs = PATIENCE_MS } = this.#options;
    while (!this.isFresh(key, cache)) {
      const timer = new AbortController();
      await Promise.race([cache.advanced(), clock.sleep(patienceMs, AbortSignal.any([signal, timer.signal]))]).finally(
        () => timer.abort(),
      );
    }
  }

  #doubt(key: string): void {
    const { clock, relist } = this.#options;
    this.#written.set(key, { resourceVersion: undefined, at: clock.now(), seenAtLists: relist() });
  }

  /** Asks for a full list when the write has stayed unseen for too long. */
  #lookAgain(key: string, written: Written, cache: Versioned): void {
    const { clock, log, relist, patienceMs = PATIENCE_MS } = this.#options;
    if (written.seenAtLists !== undefined || clock.now() - written.at < patienceMs) return;
    const seen = cache.resourceVersion;
    log.warn({ key, written: written.resourceVersion, seen }, 'our own write was not seen in time; listing afresh');
    this.#written.set(key, { ...written, seenAtLists: relist() });
  }
}

/** Failures after which the server may have made the write all the same. */
const DOUBTFUL = ['Network', 'ServerError'] as const;

/** What is already waited for includes the write of this version. */
function isNoOlder({ resourceVersion }: Written, version: string): boolean {
  return resourceVersion === undefined || isAtLeast(resourceVersion, version);
}

function hasSeen(cache: Versioned, written: Written): boolean {
  const seen = cache.resourceVersion;
  const { resourceVersion } = written;
  if (seen !== undefined && resourceVersion !== undefined && isAtLeast(seen, resourceVersion)) return true;
  return written.seenAtLists !== undefined && cache.lists >= written.seenAtLists;
}
