/** The parts of an object that the verbs treat differently: identity, metadata the server keeps, content, status. */
import { type Kind, KubeError, type KubeObject, keyOf, refOf } from '../kube/cluster.ts';
import { equal, type Tree } from './fields.ts';

/** The metadata a client may set, besides the name. */
const OWN_METADATA = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;

export function treeOf(object: KubeObject): Tree {
  return object as unknown as Tree;
}

/** The object that a tree is which came of one by changing its content. */
export function objectOf(tree: Tree): KubeObject {
  return tree as unknown as KubeObject;
}

/** What a write to the object itself sets: all but its identity, its status and the metadata the server keeps. */
export function mainOf(object: KubeObject): Tree {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, ...content } = treeOf(object);
  const metadata: Record<string, unknown> = {};
  for (const key of OWN_METADATA) {
    const value = object.metadata[key];
    if (value !== undefined) metadata[key] = value;
  }
  return { ...content, metadata };
}

/** What a write to the status subresource sets. */
export function statusOf(object: KubeObject): Tree {
  const { status } = treeOf(object);
  return status === undefined ? {} : { status };
}

/** `before` with its content and own metadata replaced by those of `object`. */
export function replacedBy(before: KubeObject, object: KubeObject): Tree {
  const { metadata, ...content } = mainOf(object);
  const kept: Record<string, unknown> = { ...before.metadata };
  for (const key of OWN_METADATA) delete kept[key];
  const { apiVersion, kind } = before;
  return { apiVersion, kind, ...content, metadata: { ...kept, ...(metadata as Tree) }, ...statusOf(before) };
}

/** Whether nothing differs outside metadata and status: what the generation counts. */
export function isContentEqual(a: KubeObject, b: KubeObject): boolean {
  const { metadata: _a, status: _as, ...contentA } = treeOf(a);
  const { metadata: _b, status: _bs, ...contentB } = treeOf(b);
  return equal(contentA, contentB);
}

/** Throws KubeError `BadRequest` unless the object is of this kind and has a name and a namespace. */
export function checkIdentity({ group, version, kind }: Kind, object: KubeObject): void {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  if (object.apiVersion !== apiVersion || object.kind !== kind) {
    throw badRequest(`${object.apiVersion} ${object.kind} was sent to where ${apiVersion} ${kind} is kept`);
  }
  if (!object.metadata.name) throw badRequest(`metadata.name of a ${kind} is missing`);
  if (!object.metadata.namespace) throw badRequest(`metadata.namespace of ${kind} ${object.metadata.name} is missing`);
}

/** Throws KubeError `Conflict` when the object names a uid or a resource version other than the current one. */
export function checkVersions(object: KubeObject, current: KubeObject | undefined): void {
  for (const key of ['uid', 'resourceVersion'] as const) {
    const named = object.metadata[key];
    const is = current?.metadata[key];
    if (named !== undefined && named !== is) {
      throw conflict(object, `metadata.${key} is ${is ?? 'that of no object'}, not ${named}`);
    }
  }
}

function badRequest(message: string): KubeError {
  return new KubeError('BadRequest', message, { status: 400 });
}

export function conflict(object: KubeObject, why: string): KubeError {
  return new KubeError('Conflict', `${object.kind} ${keyOf(refOf(object))} has been changed: ${why}`, { status: 409 });
}

export function notFound({ kind }: Kind, key: string): KubeError {
  return new KubeError('NotFound', `there is no ${kind} ${key}`, { status: 404 });
}

export function alreadyExists({ kind }: Kind, key: string): KubeError {
  return new KubeError('AlreadyExists', `${kind} ${key} already exists`, { status: 409 });
}
