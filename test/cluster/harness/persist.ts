/** Requests that are repeated while the API server is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RestError } from './rest.ts';

const RETRY_MS = 100;

/**
 * Repeats a request until it succeeds or the signal aborts: an API server that restarts is no reason to forget a status.
 * A refusal because the object is gone or has been replaced ends it as well. Throws any other refusal.
 */
export async function persist(signal: AbortSignal, request: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    try {
      await request();
      return;
    } catch (error) {
      if (isMoot(error)) return;
      if (isRefusal(error)) throw error;
    }
    await sleep(RETRY_MS);
  }
}

/** 404: gone; 409: the uid is another one's, so gone too. */
function isMoot(error: unknown): boolean {
  return error instanceof RestError && (error.status === 404 || error.status === 409);
}

/** Besides 429: what a server answers that has started but not read its users' rights yet. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 429]);

/** The server understood and said no; not that it was busy, starting or unable. */
export function isRefusal(error: unknown): boolean {
  return error instanceof RestError && error.status < 500 && !PASSING.has(error.status);
}
