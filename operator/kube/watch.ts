/** Reading the lines of a watch. */
import { KubeError, type KubeObject, type WatchEvent } from './cluster.ts';
import { lines } from './lines.ts';
import { withoutOwners } from './owners.ts';
import { eventError, type Status } from './status.ts';

interface RawEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

const TYPES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];

/** Of a line that cannot be read, this much goes into the message. */
const EXCERPT_CHARS = 100;

/** The events of a watch. Throws the KubeError of an ERROR event, and `Network` for a line that is no event. */
export async function* watchEvents<T extends KubeObject>(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of lines(chunks)) yield eventOf<T>(parse(line));
}

function eventOf<T extends KubeObject>({ type, object }: RawEvent): WatchEvent<T> {
  if (type === 'ERROR') throw eventError(object as Status);
  if (type !== 'BOOKMARK') return { type, object: withoutOwners(object as T) };
  return { type, resourceVersion: (object as KubeObject).metadata.resourceVersion ?? '' };
}

function parse(line: string): RawEvent {
  try {
    const event: unknown = JSON.parse(line);
    if (isEvent(event)) return event;
  } catch {
    // Told apart from a foreign object below: there is no difference in what is to be done.
  }
  throw new KubeError('Network', `a watch sent what is no event: ${line.slice(0, EXCERPT_CHARS)}`);
}

function isEvent(event: unknown): event is RawEvent {
  if (typeof event !== 'object' || event === null) return false;
  return 'type' in event && TYPES.includes(event.type) && 'object' in event && event.object instanceof Object;
}
