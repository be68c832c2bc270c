/**
 * A cluster inside this process: the semantics of the API server as far as the controllers rely on them.
 *
 * Stored objects are shared with every reader and must not be changed. Every method does its work in the call itself
 * and resolves in a microtask: no timers, so that it runs under virtual time. Garbage collection is part of the write.
 */
import {
  type ApplyOptions,
  type Cluster,
  type DeleteOptions,
  type Kind,
  KubeError,
  type KubeObject,
  keyOf,
  type ListResult,
  type LogOptions,
  type ObjectRef,
  type Query,
  refOf,
  type WatchEvent,
} from '../kube/cluster.ts';
import { POD, type Pod } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  deepFreeze,
  equal,
  extended,
  type Fields,
  fieldsOf,
  mergedTree,
  NO_FIELDS,
  plain,
  pruned,
  retained,
  type Tree,
} from './fields.ts';
import { collect, deleteEntry } from './garbage.ts';
import { type Entry, type Journal, kindKey, Objects, type Table, withMetadata } from './objects.ts';
import {
  alreadyExists,
  checkIdentity,
  checkVersions,
  conflict,
  isContentEqual,
  mainOf,
  notFound,
  objectOf,
  replacedBy,
  statusOf,
  treeOf,
} from './parts.ts';
import { matcher } from './selector.ts';

export type Subresource = 'main' | 'status';

/** Defaults and validates an object before it is stored; throws KubeError `Invalid`. `old` is absent on creation. */
export type Admit = (object: KubeObject, old: KubeObject | undefined, subresource: Subresource) => KubeObject;

/** Where the logs of pods come from. */
export type LogProvider = (pod: Pod, options: LogOptions) => AsyncIterable<Uint8Array>;

export interface StoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Kinds without a rule are stored as they come. */
  readonly kinds?: readonly { readonly kind: Kind; readonly admit: Admit }[] | undefined;
  /** Absent: nothing outlives the process. */
  readonly journal?: Journal | undefined;
  /** Changes kept per kind, at least; a watch from before them is `Gone`. Default 1000. */
  readonly historyLimit?: number | undefined;
  /** Freezes what is stored, so that a reader that changes it throws. For tests. Default false. */
  readonly freeze?: boolean | undefined;
}

export interface LocalCluster extends Cluster {
  /** The version of the last write. */
  readonly resourceVersion: string;
  /** All objects of a kind, in order of creation. */
  objects<T extends KubeObject>(kind: Kind<T>): readonly T[];
  serveLogs(provider: LogProvider): void;
  /** Forgets all history: new watches from an older version are `Gone`. */
  forget(): void;
  /** Sends every watch a BOOKMARK with the current version. */
  bookmark(): void;
  /** Ends all watches and closes the journal. */
  close(): void;
}

export function createStore(options: StoreOptions): LocalCluster {
  return new Store(options);
}

interface Change {
  readonly kind: Kind;
  readonly before: Entry | undefined;
  readonly after: Entry;
  readonly subresource: Subresource;
  readonly dryRun: boolean | undefined;
}

class Store implements LocalCluster {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #rules: ReadonlyMap<string, Admit>;
  readonly #objects: Objects;
  readonly #freeze: boolean;
  #logs: LogProvider | undefined;

  constructor({ clock, kinds = [], journal, historyLimit = 1000, freeze = false }: StoreOptions) {
    this.#clock = clock;
    this.#rules = new Map(kinds.map(({ kind, admit }) => [kindKey(kind), admit]));
    this.#objects = new Objects({ historyLimit, journal });
    this.#freeze = freeze;
  }

  get resourceVersion(): string {
    return String(this.#objects.version);
  }

  /** Any kind is known here. */
  async discover(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    return { group, version, kind, plural: `${kind.toLowerCase()}s` };
  }

  async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | undefined> {
    return this.#objects.table(kind).entries.get(keyOf(ref))?.object as T | undefined;
  }

  objects<T extends KubeObject>(kind: Kind<T>): readonly T[] {
    return [...this.#objects.table(kind).entries.values()].map(({ object }) => object as T);
  }

  async list<T extends KubeObject>(kind: Kind<T>, query: Query, signal: AbortSignal): Promise<ListResult<T>> {
    signal.throwIfAborted();
    const items = this.objects(kind).filter(matcher(query));
    return { items: items.sort(byKey), resourceVersion: this.resourceVersion };
  }

  watch<T extends KubeObject>(
    kind: Kind<T>,
    query: Query & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const { history } = this.#objects.table(kind);
    const events = history.watch(Number(query.resourceVersion), matcher(query), signal);
    return events as AsyncIterable<WatchEvent<T>>;
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T, options?: { readonly dryRun?: boolean }): Promise<T> {
    checkIdentity(kind, object);
    const key = keyOf(refOf(object));
    if (this.#entry(kind, key)) throw alreadyExists(kind, key);
    const content = mainOf(object);
    const created = objectOf(mergedTree(treeOf(this.#blank(object)), content));
    const after = { object: created, owned: { [UPDATE]: fieldsOf(content) } };
    return this.#write({ kind, before: undefined, after, subresource: 'main', dryRun: options?.dryRun }) as T;
  }

  async update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    checkIdentity(kind, object);
    const key = keyOf(refOf(object));
    const before = this.#entry(kind, key);
    if (before === undefined) throw notFound(kind, key);
    if (object.metadata.resourceVersion === undefined) throw conflict(object, 'metadata.resourceVersion is missing');
    checkVersions(object, before.object);
    const [was, is] = [treeOf(before.object), plain(replacedBy(before.object, object)) as Tree];
    const owned: Record<string, Fields> = {};
    for (const [manager, fields] of Object.entries(before.owned)) owned[manager] = retained(fields, was, is);
    owned[UPDATE] = extended(owned[UPDATE] ?? NO_FIELDS, was, is);
    const after = { object: objectOf(is), owned };
    return this.#write({ kind, before, after, subresource: 'main', dryRun: false }) as T;
  }

  async apply<T extends KubeObject>(kind: Kind<T>, object: T, options: ApplyOptions): Promise<T> {
    checkIdentity(kind, object);
    const before = this.#entry(kind, keyOf(refOf(object)));
    checkVersions(object, before?.object);
    const base = before ?? { object: this.#blank(object), owned: {} };
    const after = applied(base, mainOf(object), `main:${options.fieldManager}`);
    return this.#write({ kind, before, after, subresource: 'main', dryRun: options.dryRun }) as T;
  }

  async applyStatus<T extends KubeObject>(kind: Kind<T>, object: T, options: ApplyOptions): Promise<T> {
    checkIdentity(kind, object);
    const key = keyOf(refOf(object));
    const before = this.#entry(kind, key);
    if (before === undefined) throw notFound(kind, key);
    checkVersions(object, before.object);
    const after = applied(before, statusOf(object), `status:${options.fieldManager}`);
    return this.#write({ kind, before, after, subresource: 'status', dryRun: options.dryRun }) as T;
  }

  async delete(kind: Kind, ref: ObjectRef, { uid, propagation }: DeleteOptions = {}): Promise<void> {
    const table = this.#objects.table(kind);
    const entry = table.entries.get(keyOf(ref));
    if (entry === undefined || (uid !== undefined && entry.object.metadata.uid !== uid)) return;
    deleteEntry(this.#objects, table, entry, { now: this.#now(), foreground: propagation === 'Foreground' });
  }

  async *logs(ref: ObjectRef, options: LogOptions): AsyncIterable<Uint8Array> {
    const pod = await this.get(POD, ref);
    if (pod === undefined) throw notFound(POD, keyOf(ref));
    if (this.#logs === undefined) throw new KubeError('BadRequest', 'nothing runs pods here, so there are no logs');
    yield* this.#logs(pod, options);
  }

  serveLogs(provider: LogProvider): void {
    this.#logs = provider;
  }

  forget(): void {
    for (const { history } of this.#objects.tables()) history.forget(0);
  }

  bookmark(): void {
    for (const { history } of this.#objects.tables())
      history.push({ version: this.#objects.version, object: undefined });
  }

  close(): void {
    this.#objects.close();
  }

  #entry(kind: Kind, key: string): Entry | undefined {
    return this.#objects.table(kind).entries.get(key);
  }

  /** The object as the server first knows it: its identity only. Uids follow from versions, so runs repeat exactly. */
  #blank({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject {
    const serial = (this.#objects.version + 1).toString(16).padStart(12, '0');
    const uid = `00000000-0000-4000-8000-${serial}`;
    const metadata = { name, namespace: namespace ?? '', uid, generation: 1, creationTimestamp: this.#now() };
    return { apiVersion, kind, metadata };
  }

  #now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, -5)}Z`;
  }

  #write(change: Change): KubeObject {
    const { kind, before, dryRun } = change;
    if (before && isSame(before, change.after)) return before.object;
    const after = this.#admitted(change);
    if (before && isSame(before, after)) return before.object;
    if (dryRun) return after.object;
    const table = this.#objects.table(kind);
    const stored = this.#objects.put(table, this.#freeze ? deepFreeze(after) : after);
    if (this.#freeze) deepFreeze(stored);
    this.#collect(table, stored);
    return stored.object;
  }

  #admitted({ kind, before, after, subresource }: Change): Entry {
    const admit = this.#rules.get(kindKey(kind));
    const object = admit ? admit(after.object, before?.object, subresource) : after.object;
    if (!before || subresource === 'status' || isContentEqual(before.object, object)) return { ...after, object };
    const generation = (before.object.metadata.generation ?? 0) + 1;
    return { ...after, object: withMetadata(object, { generation }) };
  }

  #collect(table: Table, stored: Entry): void {
    const { deletionTimestamp, ownerReferences } = stored.object.metadata;
    if (deletionTimestamp ?? ownerReferences) collect(this.#objects, table, stored, this.#now());
  }
}

/** Owner of the fields set by create and update, which name no manager. */
const UPDATE = 'update';

function applied({ object, owned }: Entry, content: Tree, manager: string): Entry {
  const before = treeOf(object);
  const fields = fieldsOf(content);
  const after = mergedTree(before, content);
  const others: Record<string, Fields> = {};
  for (const [name, theirs] of Object.entries(owned)) {
    if (name !== manager) others[name] = retained(theirs, before, after);
  }
  const left = pruned(after, owned[manager] ?? NO_FIELDS, fields, Object.values(others));
  return { object: objectOf(left), owned: { ...others, [manager]: fields } };
}

function isSame(a: Entry, b: Entry): boolean {
  return equal(a.object, b.object) && equal(a.owned, b.owned);
}

function byKey(a: KubeObject, b: KubeObject): number {
  return compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
