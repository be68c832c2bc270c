/**
 * Deletion: finalizers and owner references. A deleted object stays, with a deletionTimestamp, until its finalizers are
 * gone; its dependents go once no owner of theirs is left (Background) or before it (Foreground).
 */
import type { KubeObject, ObjectMeta } from '../kube/cluster.ts';
import { keyOf, refOf } from '../kube/cluster.ts';
import { type Entry, type Objects, type Table, withMetadata } from './objects.ts';

const FOREGROUND = 'foregroundDeletion';

/** now: RFC 3339. */
export interface Deletion {
  readonly now: string;
  readonly foreground: boolean;
}

export function deleteEntry(objects: Objects, table: Table, entry: Entry, { now, foreground }: Deletion): void {
  const { metadata } = entry.object;
  const blocking = foreground ? blockingDependents(objects, metadata) : [];
  const finalizers = metadata.finalizers ?? [];
  const wanted = blocking.length > 0 && !finalizers.includes(FOREGROUND) ? [...finalizers, FOREGROUND] : finalizers;
  if (wanted.length === 0) {
    removeEntry(objects, table, entry.object, now);
    return;
  }
  if (metadata.deletionTimestamp === undefined || wanted !== finalizers) {
    const deletionTimestamp = metadata.deletionTimestamp ?? now;
    objects.put(table, { ...entry, object: withMetadata(entry.object, { deletionTimestamp, finalizers: wanted }) });
  }
  for (const uid of blocking) deleteByUid(objects, uid, { now, foreground });
}

/** After a write: removes the object when its deletion waited only for that, or when no owner of it is left. */
export function collect(objects: Objects, table: Table, entry: Entry, now: string): void {
  const { metadata } = entry.object;
  if (metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length) {
    removeEntry(objects, table, entry.object, now);
  } else if (metadata.deletionTimestamp === undefined && objects.isOrphan(entry.object)) {
    deleteEntry(objects, table, entry, { now, foreground: false });
  }
}

function removeEntry(objects: Objects, table: Table, object: KubeObject, now: string): void {
  objects.remove(table, keyOf(refOf(object)));
  for (const uid of objects.dependents(object.metadata.uid ?? '')) {
    const found = objects.find(uid);
    if (found && objects.isOrphan(found.entry.object)) deleteByUid(objects, uid, { now, foreground: false });
  }
  for (const { uid } of object.metadata.ownerReferences ?? []) unblock(objects, uid, now);
}

/** Lets an owner go that waited for its dependents, once the last one is gone. */
function unblock(objects: Objects, uid: string, now: string): void {
  const owner = objects.find(uid);
  const finalizers = owner?.entry.object.metadata.finalizers;
  if (!owner || !finalizers?.includes(FOREGROUND)) return;
  if (blockingDependents(objects, owner.entry.object.metadata).length > 0) return;
  const left = finalizers.filter((finalizer) => finalizer !== FOREGROUND);
  const entry = { ...owner.entry, object: withMetadata(owner.entry.object, { finalizers: left }) };
  collect(objects, owner.table, objects.put(owner.table, entry), now);
}

function deleteByUid(objects: Objects, uid: string, deletion: Deletion): void {
  const found = objects.find(uid);
  if (found) deleteEntry(objects, found.table, found.entry, deletion);
}

function blockingDependents(objects: Objects, { uid = '' }: ObjectMeta): readonly string[] {
  return objects.dependents(uid).filter((dependent) => {
    const owners = objects.find(dependent)?.entry.object.metadata.ownerReferences ?? [];
    return owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);
  });
}
