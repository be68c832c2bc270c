/** The objects of the in-process cluster: versions, histories and who belongs to whom. Knows nothing of the verbs. */
import { type Kind, type KubeObject, keyOf, type ObjectMeta, refOf } from '../kube/cluster.ts';
import type { Fields } from './fields.ts';
import { History } from './history.ts';

/** A stored object and the fields its managers own. Never changed, only replaced. */
export interface Entry {
  readonly object: KubeObject;
  readonly owned: Readonly<Record<string, Fields>>;
}

/** One write, as the journal keeps it: what is there afterwards. */
export interface Write {
  readonly version: number;
  readonly kind: string;
  readonly key: string;
  /** Undefined: the object is gone. */
  readonly entry?: Entry | undefined;
}

/** Where the writes go that must outlive the process. */
export interface Journal {
  /** What is there: one write per object, and the version of the last write. */
  load(): { readonly version: number; readonly writes: readonly Write[] };
  /** Throws when the write could not be recorded; it is then not done. */
  append(write: Write): void;
  close(): void;
}

export interface Table {
  readonly kind: string;
  readonly entries: Map<string, Entry>;
  readonly history: History;
}

interface Address {
  readonly table: Table;
  readonly key: string;
}

/** `jobs.batch`: names the kind in the journal. */
export function kindKey({ plural, group }: Kind): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export class Objects {
  readonly #tables = new Map<string, Table>();
  /** Where the object with this uid is. */
  readonly #byUid = new Map<string, Address>();
  /** The uids of the objects that name this uid as an owner. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #historyLimit: number;
  readonly #journal: Journal | undefined;
  /** The version of the last write. */
  version = 0;

  constructor({ historyLimit, journal }: { historyLimit: number; journal: Journal | undefined }) {
    this.#historyLimit = historyLimit;
    this.#journal = journal;
    const { version, writes } = journal?.load() ?? { version: 0, writes: [] };
    this.version = version;
    for (const { kind, key, entry } of writes) if (entry) this.#set(this.#tableOf(kind), key, entry);
  }

  table(kind: Kind): Table {
    return this.#tableOf(kindKey(kind));
  }

  tables(): Iterable<Table> {
    return this.#tables.values();
  }

  /** Stores the entry under the next version. */
  put(table: Table, entry: Entry): Entry {
    const version = this.version + 1;
    const object = withMetadata(entry.object, { resourceVersion: String(version) });
    const stored = { object, owned: entry.owned };
    const key = keyOf(refOf(object));
    this.#journal?.append({ version, kind: table.kind, key, entry: stored });
    this.version = version;
    const before = this.#set(table, key, stored)?.object;
    table.history.push({ version, object, before });
    return stored;
  }

  remove(table: Table, key: string): void {
    const entry = table.entries.get(key);
    if (entry === undefined) return;
    const version = this.version + 1;
    this.#journal?.append({ version, kind: table.kind, key });
    this.version = version;
    table.entries.delete(key);
    const before = entry.object;
    this.#byUid.delete(before.metadata.uid ?? '');
    this.#link(before, undefined);
    const object = withMetadata(before, { resourceVersion: String(version) });
    table.history.push({ version, object, before, deleted: true });
  }

  find(uid: string): (Address & { readonly entry: Entry }) | undefined {
    const address = this.#byUid.get(uid);
    const entry = address?.table.entries.get(address.key);
    return address && entry && { ...address, entry };
  }

  /** The uids of the objects that this one owns, oldest first. */
  dependents(uid: string): readonly string[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  /** Has owners, and none of them exists. */
  isOrphan({ metadata }: KubeObject): boolean {
    const owners = metadata.ownerReferences ?? [];
    return owners.length > 0 && owners.every(({ uid }) => !this.#byUid.has(uid));
  }

  close(): void {
    for (const { history } of this.#tables.values()) history.close();
    this.#journal?.close();
  }

  #tableOf(kind: string): Table {
    let table = this.#tables.get(kind);
    if (table === undefined) {
      table = { kind, entries: new Map(), history: new History(this.#historyLimit, this.version) };
      this.#tables.set(kind, table);
    }
    return table;
  }

  #set(table: Table, key: string, entry: Entry): Entry | undefined {
    const before = table.entries.get(key);
    table.entries.set(key, entry);
    this.#byUid.set(entry.object.metadata.uid ?? '', { table, key });
    this.#link(before?.object, entry.object);
    return before;
  }

  #link(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const [old, now] = [before?.metadata.ownerReferences, after?.metadata.ownerReferences];
    if (old === now) return;
    const uid = before?.metadata.uid ?? after?.metadata.uid ?? '';
    for (const owner of old ?? []) {
      const left = this.#dependents.get(owner.uid);
      left?.delete(uid);
      if (left?.size === 0) this.#dependents.delete(owner.uid);
    }
    for (const owner of now ?? []) {
      const all = this.#dependents.get(owner.uid) ?? new Set();
      this.#dependents.set(owner.uid, all.add(uid));
    }
  }
}

export function withMetadata(object: KubeObject, metadata: Partial<ObjectMeta>): KubeObject {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}
