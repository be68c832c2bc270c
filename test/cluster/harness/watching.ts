/** The objects of a list, followed: listed once, then watched, and listed again whenever that breaks off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal } from './persist.ts';
import type { Rest } from './rest.ts';

export type Sight<T> =
  /** All that there are at one moment: others that were known are gone. */
  | { readonly type: 'ALL'; readonly objects: readonly T[] }
  /** New, or like this now; gone, and like this last. */
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T };

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

type Event<T> = Exclude<Sight<T>, { type: 'ALL' }> | { readonly type: 'ERROR' };

/** The server ends a watch after this time, so that one that broke silently does not hang for ever. */
const WATCH_SECONDS = 240;
const RECONNECT_MS = 100;

/**
 * What is seen of the objects at `path`, which may have a query, until the signal aborts: while a watch holds, every state
 * there was, in order. Throws when the server refuses.
 */
export async function* watching<T>(api: Rest, path: string, signal: AbortSignal): AsyncGenerator<Sight<T>> {
  while (!signal.aborted) {
    try {
      yield* watchOnce<T>(api, path, signal);
    } catch (error) {
      if (isRefusal(error)) throw error;
    }
    if (!signal.aborted) await sleep(RECONNECT_MS);
  }
}

async function* watchOnce<T>(api: Rest, path: string, signal: AbortSignal): AsyncGenerator<Sight<T>> {
  const { metadata, items } = await api.call<List<T>>('GET', path, { signal });
  yield { type: 'ALL', objects: items };
  const query = `watch=1&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${metadata.resourceVersion}`;
  for await (const line of api.lines(`${path}${path.includes('?') ? '&' : '?'}${query}`, signal)) {
    const event = JSON.parse(line) as Event<T>;
    if (event.type === 'ERROR') return; // such as 410: list again
    yield event;
  }
}
