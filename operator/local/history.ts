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
  watch(
    version: number,
    matches: (object: KubeObject) => boolean,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<KubeObject>> {
    return { [Symbol.asyncIterator]: () => new Watch(this, { version, matches, signal }) };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get alarms(): Set<Alarm> {
    return this.#alarms;
  }

  /** The change with this sequence number; undefined while there is none. */
  at(sequence: number): Change | undefined {
    if (sequence < this.#first) throw gone('the watch fell behind and the changes it missed are no longer kept');
    return this.#changes[sequence - this.#first];
  }

  /** Sequence number of the first change after this version. */
  after(version: number): number {
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

interface WatchOptions {
  readonly version: number;
  readonly matches: (object: KubeObject) => boolean;
  readonly signal: AbortSignal;
}

/** Not a generator: those need several microtasks for each event, and whoever writes in a loop would outrun them. */
class Watch implements AsyncIterator<WatchEvent<KubeObject>> {
  readonly #history: History;
  readonly #options: WatchOptions;
  readonly #alarm: Alarm;
  /** Sequence number of the next change; undefined before the first call. */
  #next: number | undefined;
  #ended = false;

  constructor(history: History, options: WatchOptions) {
    this.#history = history;
    this.#options = options;
    this.#alarm = new Alarm(options.signal);
    history.alarms.add(this.#alarm);
  }

  async next(): Promise<IteratorResult<WatchEvent<KubeObject>, undefined>> {
    try {
      for (let step = this.#step(); ; step = this.#step()) {
        if (step === 'end') return this.#end();
        if (step !== 'wait') return { done: false, value: step };
        await this.#alarm.rung();
      }
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<WatchEvent<KubeObject>, undefined>> {
    return this.#end();
  }

  #step(): WatchEvent<KubeObject> | 'wait' | 'end' {
    const { version, matches, signal } = this.#options;
    if (this.#ended || signal.aborted) return 'end';
    this.#next ??= this.#history.after(version);
    for (let change = this.#history.at(this.#next); change; change = this.#history.at(this.#next)) {
      this.#next += 1;
      const event = seen(change, matches);
      if (event) return event;
    }
    return this.#history.isClosed ? 'end' : 'wait';
  }

  #end(): IteratorResult<WatchEvent<KubeObject>, undefined> {
    this.#ended = true;
    this.#history.alarms.delete(this.#alarm);
    this.#alarm.ring();
    this.#alarm.close();
    return { done: true, value: undefined };
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
