/**
 * The objects of one kind as last seen, by key and by any number of indexes. A reflector writes it; everyone else reads.
 * Readers get the stored objects themselves, which nobody ever mutates.
 */
import { type KubeObject, keyOf, refOf } from '../kube/cluster.ts';
import { type Deferred, deferred } from './deferred.ts';
import { isAtLeast } from './versions.ts';

/** One object appeared (no `before`), changed, or went (no `after`). */
export interface Change<T> {
  /** namespace/name */
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export type Listener<T> = (change: Change<T>) => void;

class Index<T> {
  readonly #keysOf: (object: T) => readonly string[];
  readonly #entries = new Map<string, Map<string, T>>();

  constructor(keysOf: (object: T) => readonly string[]) {
    this.#keysOf = keysOf;
  }

  move({ key, before, after }: Change<T>): void {
    if (before !== undefined) for (const entry of this.#keysOf(before)) this.#remove(entry, key);
    if (after !== undefined) for (const entry of this.#keysOf(after)) this.#add(entry, key, after);
  }

  list(entry: string): readonly T[] {
    return [...(this.#entries.get(entry)?.values() ?? [])];
  }

  #add(entry: string, key: string, object: T): void {
    const objects = this.#entries.get(entry) ?? new Map<string, T>();
    objects.set(key, object);
    this.#entries.set(entry, objects);
  }

  #remove(entry: string, key: string): void {
    const objects = this.#entries.get(entry);
    objects?.delete(key);
    if (objects?.size === 0) this.#entries.delete(entry);
  }
}

export class Cache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #synced = deferred<void>();
  #advance: Deferred<void> | undefined;
  #resourceVersion: string | undefined;
  #lists = 0;

  /** Resolves once the first full list is in. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#lists > 0;
  }

  /** How many full lists have been taken in. */
  get lists(): number {
    return this.#lists;
  }

  /** Everything up to this version has been seen; undefined before the first list. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Adds an index: `keysOf` tells under which entries an object is to be found. */
  index(name: string, keysOf: (object: T) => readonly string[]): void {
    const index = new Index(keysOf);
    for (const [key, after] of this.#objects) index.move({ key, before: undefined, after });
    this.#indexes.set(name, index);
  }

  /** @param key namespace/name */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** All objects, in no order. */
  all(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** The objects under one entry of an index, in no order. Throws when there is no such index. */
  list(index: string, entry: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new Error(`the cache has no index ${index}`);
    return found.list(entry);
  }

  /** Resolves when the cache next takes something in. */
  advanced(): Promise<void> {
    this.#advance ??= deferred<void>();
    return this.#advance.promise;
  }

  /** Takes in a full list; what is cached but not listed is gone. Returns what changed. */
  replace(items: readonly T[], resourceVersion: string): readonly Change<T>[] {
    const listed = new Set<string>();
    const changes: Change<T>[] = [];
    for (const after of items) {
      const key = keyOf(refOf(after));
      listed.add(key);
      const before = this.#objects.get(key);
      if (!isSame(before, after)) changes.push(this.#set({ key, before, after }));
    }
    for (const [key, before] of this.#objects) {
      if (!listed.has(key)) changes.push(this.#set({ key, before, after: undefined }));
    }
    this.#lists += 1;
    this.#sawVersion(resourceVersion);
    this.#synced.resolve();
    return changes;
  }

  /** Takes in an added or modified object; undefined when the cache holds the same or a newer one. */
  put(after: T): Change<T> | undefined {
    const key = keyOf(refOf(after));
    const before = this.#objects.get(key);
    this.#saw(after);
    return isNews(before, after) ? this.#set({ key, before, after }) : undefined;
  }

  /** Takes in a deletion; undefined when there is nothing to delete or a newer incarnation is there. */
  remove(deleted: T): Change<T> | undefined {
    const key = keyOf(refOf(deleted));
    const before = this.#objects.get(key);
    this.#saw(deleted);
    if (before === undefined || !isAtLeast(versionOf(deleted), versionOf(before))) return undefined;
    return this.#set({ key, before, after: undefined });
  }

  /** Takes in that nothing else changed up to this version. */
  bookmark(resourceVersion: string): void {
    this.#sawVersion(resourceVersion);
  }

  #saw(object: T): void {
    const version = versionOf(object);
    const known = this.#resourceVersion;
    if (known === undefined || isAtLeast(version, known)) this.#sawVersion(version);
  }

  #sawVersion(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    this.#advance?.resolve();
    this.#advance = undefined;
  }

  #set(change: Change<T>): Change<T> {
    if (change.after === undefined) this.#objects.delete(change.key);
    else this.#objects.set(change.key, change.after);
    for (const index of this.#indexes.values()) index.move(change);
    return change;
  }
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '0';
}

function isSame(before: KubeObject | undefined, after: KubeObject): boolean {
  if (before === undefined) return false;
  return before.metadata.uid === after.metadata.uid && versionOf(before) === versionOf(after);
}

function isNews(before: KubeObject | undefined, after: KubeObject): boolean {
  return before === undefined || !isAtLeast(versionOf(before), versionOf(after));
}
