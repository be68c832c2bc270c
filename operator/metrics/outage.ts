/** Whether a log can be read, and since when not: a stream that breaks off now and then is no outage. */
import type { Unread } from './log-record.ts';

/** Failing for so long is news: whoever waits for reports wants to know. */
export const LONG_OUTAGE_MS = 30_000;
/**
 * An answer to a request for a log only begins with its first line. A node that is not there is told by an error after
 * half a minute; a stream without an error for longer is open, and its log has nothing new.
 */
const QUIET_MS = 120_000;
const MAX_WORDS = 200;

export class Outage {
  #failed: { readonly why: string; readonly first: number; readonly last: number } | undefined;
  #openedAt = 0;

  /** A stream is asked for. Times are milliseconds since the epoch. */
  opens(now: number): void {
    this.#openedAt = now;
  }

  /** True where it has become a long one by this failure. */
  fails(error: unknown, now: number): boolean {
    const before = this.at(now);
    const first = before ? (this.#failed?.first ?? now) : now;
    const why = (error instanceof Error ? error.message : String(error)).slice(0, MAX_WORDS);
    this.#failed = { why, first, last: now };
    this.#openedAt = now;
    return now - first >= LONG_OUTAGE_MS && (before?.failingMs ?? 0) < LONG_OUTAGE_MS;
  }

  /** Something was read. True where a long one has ended by it. */
  ends(): boolean {
    const { first, last } = this.#failed ?? { first: 0, last: 0 };
    this.#failed = undefined;
    return last - first >= LONG_OUTAGE_MS;
  }

  /** Undefined where the log can be read. */
  at(now: number): Unread | undefined {
    if (!this.#failed || now - this.#openedAt > QUIET_MS) return undefined;
    const { why, first, last } = this.#failed;
    return { why, failingMs: last - first };
  }
}
