/** Keeps a cache equal to the cluster: lists once, then watches for ever, whatever breaks in between. */
import type { Logger } from 'pino';
import { type Cluster, isKubeError, type Kind, type KubeObject, type Query, type WatchEvent } from '../kube/cluster.ts';
import { type Backoff, backoff } from './backoff.ts';
import type { Cache, Change, Listener } from './cache.ts';
import type { Clock } from './clock.ts';
import type { RuntimeTelemetry } from './telemetry.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly cluster: Cluster;
  readonly kind: Kind<T>;
  readonly query: Query;
  readonly cache: Cache<T>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly telemetry: RuntimeTelemetry;
  /** Called after the cache has taken the change in. */
  readonly onChange?: Listener<T>;
  readonly backoff?: Partial<Backoff>;
}

/** What is known, and so what is to be done next. */
type State =
  /** Nothing, or too old to go on from: list. */
  | { readonly phase: 'empty' }
  /** A list is under way. */
  | { readonly phase: 'listing' }
  /** Everything up to this version: watch from there. */
  | { readonly phase: 'watching'; readonly resourceVersion: string };

export interface ReflectorHealth {
  readonly phase: State['phase'];
  readonly synced: boolean;
  /** When the server last told us something, in the clock's milliseconds; undefined: never. */
  readonly lastEventAt: number | undefined;
  /** When the loop last did something, even if it only failed; it stands still for long only when it is wedged. */
  readonly lastActiveAt: number;
}

/** From 0.8 s to 30 s, from the start again after 2 minutes without a failure. */
const BACKOFF: Backoff = { firstMs: 800, longestMs: 30_000, quietMs: 120_000 };

/** A watch that ends sooner than this is counted as broken, or a server that hangs up at once would be asked in a loop. */
const SHORTEST_WATCH_MS = 1_000;

/** After so many broken watches with nothing received, the version itself may be what the server cannot serve. */
const FRUITLESS_WATCHES = 5;

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #wait: (failedAt: number) => number;
  #state: State = { phase: 'empty' };
  #watch = new AbortController();
  #listsWanted = 0;
  #fruitless = 0;
  #lastEventAt: number | undefined;
  #lastActiveAt: number;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#wait = backoff({ ...BACKOFF, ...options.backoff }, options.random);
    this.#lastActiveAt = options.clock.now();
  }

  health(): ReflectorHealth {
    const { phase } = this.#state;
    const synced = this.#options.cache.hasSynced;
    return { phase, synced, lastEventAt: this.#lastEventAt, lastActiveAt: this.#lastActiveAt };
  }

  /**
   * Asks for a full list that begins after this call. Returns the number of lists the cache will have taken in once it is
   * there.
   */
  relist(): number {
    const isListing = this.#state.phase === 'listing';
    const wanted = this.#options.cache.lists + (isListing ? 2 : 1); // One under way may have begun too early.
    // Somebody may wait for one more than this, and the one under way then may have failed since.
    this.#listsWanted = Math.max(this.#listsWanted, wanted);
    if (!isListing) {
      this.#state = { phase: 'empty' };
      this.#watch.abort();
    }
    return wanted;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
      this.#lastActiveAt = this.#options.clock.now();
    }
  }

  #step(signal: AbortSignal): Promise<void> {
    const state = this.#state;
    return state.phase === 'watching' ? this.#follow(state.resourceVersion, signal) : this.#list(signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { cluster, kind, query, cache } = this.#options;
    this.#state = { phase: 'listing' };
    const { items, resourceVersion } = await cluster.list(kind, query, signal);
    this.#fruitless = 0;
    this.#heard();
    const changes = cache.replace(items, resourceVersion);
    const isEnough = cache.lists >= this.#listsWanted;
    this.#state = isEnough ? { phase: 'watching', resourceVersion } : { phase: 'empty' };
    for (const change of changes) this.#tell(change);
  }

  /** Watches until the server ends it or a new list is wanted. */
  async #follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { cluster, kind, query, clock } = this.#options;
    const startedAt = clock.now();
    const watch = new AbortController();
    this.#watch = watch;
    const either = AbortSignal.any([signal, watch.signal]);
    try {
      for await (const event of cluster.watch(kind, { ...query, resourceVersion }, either)) {
        if (either.aborted) return;
        this.#take(event);
      }
    } catch (error) {
      if (watch.signal.aborted) return;
      throw error;
    }
    if (clock.now() - startedAt < SHORTEST_WATCH_MS && !either.aborted) throw new ShortWatch();
  }

  #take(event: WatchEvent<T>): void {
    const { cache } = this.#options;
    this.#heard();
    this.#fruitless = 0;
    if (event.type === 'BOOKMARK') {
      cache.bookmark(event.resourceVersion);
      this.#state = { phase: 'watching', resourceVersion: event.resourceVersion };
      return;
    }
    const change = event.type === 'DELETED' ? cache.remove(event.object) : cache.put(event.object);
    const resourceVersion = event.object.metadata.resourceVersion;
    if (resourceVersion !== undefined) this.#state = { phase: 'watching', resourceVersion };
    if (change !== undefined) this.#tell(change);
  }

  #heard(): void {
    this.#lastEventAt = this.#options.clock.now();
    this.#lastActiveAt = this.#lastEventAt;
  }

  #tell(change: Change<T>): void {
    const { kind, log, onChange } = this.#options;
    try {
      onChange?.(change);
    } catch (error) {
      log.error({ kind: kind.kind, key: change.key, err: error }, 'a change could not be handed on');
    }
  }

  /** Chooses the state to go on from after a failure, and waits. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { kind, log, telemetry, clock } = this.#options;
    const reason = reasonOf(error);
    const wasWatching = this.#state.phase === 'watching';
    this.#fruitless += 1;
    const isLost = reason === 'Gone' || this.#fruitless > FRUITLESS_WATCHES;
    if (!wasWatching || isLost) this.#state = { phase: 'empty' };
    if (isLost) this.#fruitless = 0;
    telemetry.watchRestarted(kind.kind, reason);

    const now = clock.now();
    this.#lastActiveAt = now;
    const retryAfterMs = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(this.#wait(now), retryAfterMs);
    log[levelOf(error)]({ kind: kind.kind, reason, delayMs, next: this.#state.phase, err: error }, 'a watch broke off');
    await clock.sleep(delayMs, signal).catch(() => undefined); // Rejects only when the signal aborts: run() ends then.
  }
}

class ShortWatch extends Error {
  override readonly name = 'ShortWatch';
  constructor() {
    super('the server ended the watch at once');
  }
}

function reasonOf(error: unknown): string {
  if (isKubeError(error)) return error.code;
  return error instanceof ShortWatch ? error.name : 'Internal';
}

/** Breaks are ordinary; anything that is not the cluster's doing is a fault of ours. */
function levelOf(error: unknown): 'info' | 'error' {
  return reasonOf(error) === 'Internal' ? 'error' : 'info';
}
