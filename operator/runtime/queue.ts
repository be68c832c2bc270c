/**
 * Keys waiting to be reconciled: one entry per key, the earliest due time wins, a key being worked on is held back until
 * it is done, and a failing key waits longer each time.
 */
import type { Clock } from './clock.ts';
import { deferred } from './deferred.ts';
import { Heap } from './heap.ts';

/** The longest wait a timer can be set for; a later key is looked at again then. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

export interface QueueOptions {
  readonly clock: Clock;
  /** Wait after a key's first failure; doubled with each further one. Default 1 s. */
  readonly firstRetryMs?: number;
  /** Default 5 min. */
  readonly longestRetryMs?: number;
}

export interface RetryOptions {
  /** Not before this, whatever else asks for the key meanwhile: the server's Retry-After. */
  readonly atLeastMs?: number | undefined;
}

/** Given once, it costs no stack trace each time. */
const REPLACED = new Error('another timer took its place');

/** Wait after losing a race (a conflict, an object just gone or just there): the cache will soon have caught up. */
const FIRST_RACE_MS = 50;
/** A cache may lag by seconds. */
const LONGEST_RACE_MS = 10_000;

interface Due {
  readonly key: string;
  readonly at: number;
  /** Order of arrival, so that of two keys due at once the first to come is the first to go. */
  readonly order: number;
}

type Waiter = (key: string | undefined) => void;

export class WorkQueue {
  readonly #clock: Clock;
  readonly #firstRetryMs: number;
  readonly #longestRetryMs: number;
  /** The one entry that counts of each waiting key; entries of the heap that are not it are skipped. */
  readonly #due = new Map<string, Due>();
  readonly #heap = new Heap<Due>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  readonly #active = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #races = new Map<string, number>();
  readonly #notBefore = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  #timer: { readonly at: number; readonly stop: AbortController } | undefined;
  #order = 0;
  #isHandingSoon = false;

  constructor(options: QueueOptions) {
    this.#clock = options.clock;
    this.#firstRetryMs = options.firstRetryMs ?? 1_000;
    this.#longestRetryMs = options.longestRetryMs ?? 300_000;
  }

  /** Keys waiting, due or not. */
  get depth(): number {
    return this.#due.size;
  }

  /** Makes the key due in `delayMs`, unless it is due earlier anyway. */
  add(key: string, delayMs = 0): void {
    const at = Math.max(this.#clock.now() + delayMs, this.#notBefore.get(key) ?? 0);
    const known = this.#due.get(key);
    if (known !== undefined && known.at <= at) return;
    const due = { key, at, order: this.#order++ };
    this.#due.set(key, due);
    if (!this.#active.has(key)) this.#heap.push(due);
    this.#handSoon();
  }

  /** Makes a failed key due again, later with each failure in a row. Returns the wait in milliseconds. */
  retry(key: string, options: RetryOptions = {}): number {
    const backoffMs = Math.min(this.#firstRetryMs * 2 ** countUp(this.#failures, key), this.#longestRetryMs);
    const atLeastMs = options.atLeastMs ?? 0;
    if (atLeastMs > 0) {
      this.#due.delete(key);
      this.#notBefore.set(key, this.#clock.now() + atLeastMs);
    }
    const delayMs = Math.max(backoffMs, atLeastMs);
    this.add(key, delayMs);
    return delayMs;
  }

  /**
   * Makes a key due again that was worked on from what was no longer so. That is no failure: it neither counts as one nor
   * has to wait long. Returns the wait in milliseconds.
   */
  again(key: string): number {
    const delayMs = Math.min(FIRST_RACE_MS * 2 ** countUp(this.#races, key), LONGEST_RACE_MS);
    this.add(key, delayMs);
    return delayMs;
  }

  /** Forgets that the key ever failed. */
  forget(key: string): void {
    this.#failures.delete(key);
    this.#races.delete(key);
    this.#notBefore.delete(key);
  }

  /** Takes the earliest due key that nobody is working on, if any; to be given back with `done`. */
  take(): string | undefined {
    const due = this.#earliest();
    if (due === undefined || due.at > this.#clock.now()) return undefined;
    this.#heap.pop();
    this.#due.delete(due.key);
    this.#notBefore.delete(due.key);
    this.#active.add(due.key);
    return due.key;
  }

  /** Like `take`, but waits for a key to be due. Undefined when the signal aborts. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return undefined;
    const { promise, resolve } = deferred<string | undefined>();
    const giveUp = (): void => {
      this.#waiters.delete(resolve);
      this.#arm();
      resolve(undefined);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiters.add(resolve);
    this.#handSoon();
    const key = await promise;
    signal.removeEventListener('abort', giveUp);
    return key;
  }

  /** The key is no longer worked on; if it was added meanwhile it may be taken again. */
  done(key: string): void {
    this.#active.delete(key);
    const due = this.#due.get(key);
    if (due !== undefined) this.#heap.push(due);
    this.#handSoon();
  }

  #earliest(): Due | undefined {
    for (;;) {
      const due = this.#heap.peek();
      if (due === undefined || this.#due.get(due.key) === due) return due;
      this.#heap.pop();
    }
  }

  /** After all that happens at once has happened: a burst of changes to one key is one reconcile. */
  #handSoon(): void {
    if (this.#isHandingSoon || this.#waiters.size === 0) return;
    this.#isHandingSoon = true;
    queueMicrotask(() => {
      this.#isHandingSoon = false;
      this.#hand();
    });
  }

  /** Hands due keys to those who wait, and sets the timer for the next one. */
  #hand(): void {
    for (const waiter of this.#waiters) {
      const key = this.take();
      if (key === undefined) break;
      this.#waiters.delete(waiter);
      waiter(key);
    }
    this.#arm();
  }

  /** One timer for all: set for the earliest key while anybody waits. */
  #arm(): void {
    const at = this.#waiters.size === 0 ? undefined : this.#earliest()?.at;
    if (this.#timer?.at === at) return;
    this.#timer?.stop.abort(REPLACED);
    this.#timer = undefined;
    if (at === undefined) return;
    const timer = { at, stop: new AbortController() };
    this.#timer = timer;
    const sleepMs = Math.min(at - this.#clock.now(), LONGEST_SLEEP_MS);
    this.#clock.sleep(sleepMs, timer.stop.signal).then(
      () => {
        if (this.#timer === timer) this.#timer = undefined;
        this.#hand();
      },
      () => undefined, // Stopped: another timer took its place, or nobody waits.
    );
  }
}

/** The count before. */
function countUp(counts: Map<string, number>, key: string): number {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count;
}
