/**
 * Server-side apply on plain JSON trees: maps are merged key by key, lists and scalars are atomic. All functions share
 * structure: what does not change is returned as it is, so `===` tells whether anything changed.
 */

/** The set of fields one manager owns: a map's fields by key, 1 for an atomic value. */
export interface Fields {
  readonly [key: string]: Fields | 1;
}

export type Tree = Readonly<Record<string, unknown>>;

export const NO_FIELDS: Fields = {};

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deep equality of JSON values; an undefined member is an absent one. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((value, i) => equal(value, b[i]));
  return isTree(a) && isTree(b) && hasEqualMembers(a, b);
}

function hasEqualMembers(a: Tree, b: Tree): boolean {
  for (const key of Object.keys(a)) if (!equal(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (a[key] === undefined && b[key] !== undefined) return false;
  return true;
}

/** The value as JSON would carry it: without undefined members. */
export function plain(value: unknown): unknown {
  if (isPlain(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  return isTree(value) ? plainTree(value) : value;
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  for (const key of Object.keys(value)) if (!isPlain((value as Tree)[key])) return false;
  return true;
}

function plainTree(tree: Tree): Tree {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(tree)) if (tree[key] !== undefined) result[key] = plain(tree[key]);
  return result;
}

/** `live` with every field of `applied` set. */
export function merged(live: unknown, applied: unknown): unknown {
  if (isTree(live) && isTree(applied)) return mergedTree(live, applied);
  return equal(live, applied) ? live : plain(applied);
}

export function mergedTree(live: Tree, applied: Tree): Tree {
  let result: Record<string, unknown> | undefined;
  for (const key of Object.keys(applied)) {
    const value = applied[key];
    if (value === undefined) continue;
    const after = merged(live[key], value);
    if (after === live[key]) continue;
    result ??= { ...live };
    result[key] = after;
  }
  return result ?? live;
}

/** The fields a manager owns that applied this tree. */
export function fieldsOf(applied: Tree): Fields {
  const fields: Record<string, Fields | 1> = {};
  for (const key of Object.keys(applied)) {
    const value = applied[key];
    if (value !== undefined) fields[key] = isTree(value) ? fieldsOf(value) : 1;
  }
  return fields;
}

/** `live` without the fields that `previous` owned, `next` does not own, and none of `others` owns either. */
export function pruned(live: Tree, previous: Fields, next: Fields, others: readonly Fields[]): Tree {
  let result: Record<string, unknown> | undefined;
  for (const key of Object.keys(previous)) {
    if (live[key] === undefined || next[key] === 1) continue;
    const holders = others.filter((fields) => fields[key] !== undefined);
    const after = prunedMember(live[key], { previous: previous[key], next: next[key], holders, key });
    if (after === live[key]) continue;
    result ??= { ...live };
    if (after === undefined) delete result[key];
    else result[key] = after;
  }
  return result ?? live;
}

interface Ownership {
  readonly previous: Fields | 1 | undefined;
  readonly next: Fields | 1 | undefined;
  /** The other managers that own this field or something in it. */
  readonly holders: readonly Fields[];
  readonly key: string;
}

/** Undefined where the field is to go. */
function prunedMember(value: unknown, { previous, next, holders, key }: Ownership): unknown {
  if (next === undefined && holders.length === 0) return undefined;
  if (!isTree(value) || !isTree(previous)) return value;
  return pruned(
    value,
    previous,
    isFields(next) ? next : NO_FIELDS,
    holders.map((fields) => fields[key]).filter(isFields),
  );
}

function isFields(fields: Fields | 1 | undefined): fields is Fields {
  return isTree(fields);
}

/** `owned` without the fields whose value differs between `before` and `after` (or is gone): somebody else set them. */
export function retained(owned: Fields, before: Tree, after: Tree): Fields {
  if (before === after) return owned;
  let result: Record<string, Fields | 1> | undefined;
  for (const key of Object.keys(owned)) {
    const kept = retainedMember(owned[key], before[key], after[key]);
    if (kept === owned[key]) continue;
    result ??= { ...owned };
    if (kept === undefined) delete result[key];
    else result[key] = kept;
  }
  return result ?? owned;
}

function retainedMember(owned: Fields | 1 | undefined, before: unknown, after: unknown): Fields | 1 | undefined {
  if (isFields(owned) && isTree(before) && isTree(after)) return retained(owned, before, after);
  return after !== undefined && equal(before, after) ? owned : undefined;
}

/** `owned` and, besides, the fields that `after` has and `before` does not have or has with another value. */
export function extended(owned: Fields, before: Tree, after: Tree): Fields {
  const result: Record<string, Fields | 1> = { ...owned };
  for (const key of Object.keys(after)) {
    const value = after[key];
    if (value !== undefined && !equal(before[key], value)) result[key] = extendedMember(owned[key], before[key], value);
  }
  return result;
}

function extendedMember(owned: Fields | 1 | undefined, before: unknown, after: unknown): Fields | 1 {
  if (!isTree(after)) return 1;
  return extended(isFields(owned) ? owned : NO_FIELDS, isTree(before) ? before : {}, after);
}

/** Freezes the value and everything in it. For tests: nobody may change a stored object. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
