/** The recent changes to the objects of one kind, and the watches that read them. */
import { KubeError, type KubeObject, type WatchEvent } from '../kube/cluster.ts';
import { Alarm } from './alarm.ts';

export interface Change {
  /** The store's version after the change. */
  readonly version: number;
  /** Undefined for a bookmark. */
  readonly object: KubeObject | undefined;
  /** What was there before; undefined when the change created the object. */
  readonly before?: KubeObject | undefined;
  readonly deleted?: boolean;
}

export class History {
  readonly #limit: number;
  readonly #changes: Change[] = [];
  readonly #alarms = new Set<Alarm>();
  /** Sequence number of the first change still kept. */
  #first = 0;
  /** Version of the last change no longer kept. */
  #forgotten: number;
  #closed = false;

  /** limit: how many changes are kept at least. version: the version before the first change. */
  constructor(limit: number, version: number) {
    this.#limit = limit;
    this.#forgotten = version;
  }

  push(change: Change): void {
    this.#changes.push(change);
    // Cutting half of it at once keeps the cost per change constant.
    if (this.#changes.length > 2 * this.#limit) this.forget(this.#limit);
    this.#wake();
  }

  /** Keeps only the latest changes: watches from before them are `Gone`. */
  forget(keep: number): void {
    const count = this.#changes.length - keep;
    const last = this.#changes[count - 1];
    if (last === undefined) return;
    this.#forgotten = last.version;
    this.#first += count;
    this.#changes.splice(0, count);
  }

  /** Ends all watches. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** The changes after `version` that concern matching objects. Ends when the signal aborts or the store closes. */
  async *watch(
    version: number,
    matches: (object: KubeObject) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<KubeObject>, void, void> {
    let next = this.#after(version);
    const alarm = new Alarm(signal);
    this.#alarms.add(alarm);
    try {
      while (!signal.aborted) {
        const change = this.#at(next);
        if (change === undefined && this.#closed) return;
        if (change === undefined) await alarm.rung();
        else next += 1;
        const event = change && seen(change, matches);
        if (event) yield event;
      }
    } finally {
      this.#alarms.delete(alarm);
      alarm.close();
    }
  }

  #at(sequence: number): Change | undefined {
    if (sequence < this.#first) throw gone('the watch fell behind and the changes it missed are no longer kept');
    return this.#changes[sequence - this.#first];
  }

  /** Sequence number of the first change after this version. */
  #after(version: number): number {
    if (version < this.#forgotten) throw gone(`too old resource version: ${version} (${this.#forgotten})`);
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.version ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return this.#first + low;
  }

  #wake(): void {
    for (const alarm of this.#alarms) alarm.ring();
  }
}

/** The change as a watch for matching objects sees it: one that starts to match is added, one that ceases is deleted. */
function seen(
  { version, object, before, deleted }: Change,
  matches: (object: KubeObject) => boolean,
): WatchEvent<KubeObject> | undefined {
  if (object === undefined) return { type: 'BOOKMARK', resourceVersion: String(version) };
  const was = before !== undefined && matches(before);
  if (!deleted && matches(object)) return { type: was ? 'MODIFIED' : 'ADDED', object };
  return was ? { type: 'DELETED', object } : undefined;
}

function gone(message: string): KubeError {
  return new KubeError('Gone', message, { status: 410 });
}
