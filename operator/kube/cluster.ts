/**
 * The narrow port to a cluster: everything the controllers ask of one. Behind it stand the real API server
 * (`api-server.ts`) and the in-process store (`operator/local/`); one contract suite holds for both.
 *
 * Times are RFC 3339 strings, as the API server sends them. Errors are `KubeError`s, nothing else.
 */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A kind of object, and the TypeScript type of its objects. All kinds we use are namespaced. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Only carries the type; never set. */
  readonly type?: T;
}

/** `namespace/name` of one object; the key of caches and queues. */
export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

export interface Query {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** `path=value`, joined by commas, of the fields that the server knows for the kind. */
  readonly fieldSelector?: string | undefined;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Nothing changed up to this resource version. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Validate and default, but persist nothing. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  /** Delete only this incarnation; another one under the same name is left alone. */
  readonly uid?: string;
  /** Background (default): dependents go after it. Foreground: it stays until its dependents are gone. */
  readonly propagation?: 'Background' | 'Foreground';
}

export interface LogOptions {
  readonly container: string;
  readonly signal: AbortSignal;
  /** RFC 3339: lines printed before are not wanted; some may come all the same. Absent: all that are kept. */
  readonly since?: string | undefined;
}

export interface Cluster {
  /** A namespaced kind by its group and version (`batch/v1`) and name; undefined where the server has none of that name. */
  discover(apiVersion: string, kind: string): Promise<Kind | undefined>;
  /** The object, or undefined when there is none. */
  get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | undefined>;
  /** All objects that match, and the resource version a watch continues from. */
  list<T extends KubeObject>(kind: Kind<T>, query: Query, signal: AbortSignal): Promise<ListResult<T>>;
  /**
   * Changes after `resourceVersion`, in order. Ends when the server ends it; throws KubeError `Gone` when the version is
   * too old, `Network` when the connection breaks or falls silent.
   */
  watch<T extends KubeObject>(
    kind: Kind<T>,
    query: Query & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** Throws `AlreadyExists` when the name is taken. */
  create<T extends KubeObject>(kind: Kind<T>, object: T, options?: { readonly dryRun?: boolean }): Promise<T>;
  /** Replaces the object; throws `Conflict` unless metadata.resourceVersion is the current one. */
  update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T>;
  /**
   * Server-side apply, with force: creates the object or sets exactly the given fields. Where the object carries
   * metadata.uid or metadata.resourceVersion, throws `Conflict` unless they are the current ones.
   */
  apply<T extends KubeObject>(kind: Kind<T>, object: T, options: ApplyOptions): Promise<T>;
  /** Server-side apply of the status subresource; throws `NotFound` when the object is gone. */
  applyStatus<T extends KubeObject>(kind: Kind<T>, object: T, options: ApplyOptions): Promise<T>;
  /** An object that is already gone is not an error. */
  delete(kind: Kind, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /**
   * A container's standard output from its beginning (or `since`), followed to its end; each line prefixed with an RFC
   * 3339 timestamp and a space. Chunks are arbitrary pieces of bytes, not lines. Throws `NotFound` when the pod is gone and
   * `BadRequest` while the container has not started.
   */
  logs(pod: ObjectRef, options: LogOptions): AsyncIterable<Uint8Array>;
}

export type KubeErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'TooManyRequests'
  | 'ServerError'
  | 'Network';

/** What went wrong between us and the cluster: a stable code, the server's own words, and when to try again. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: KubeErrorCode;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** From Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: KubeErrorCode,
    message: string,
    details: { status?: number | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** True for a KubeError with one of these codes. */
export function isKubeError(error: unknown, ...codes: KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}

export function refOf(object: KubeObject): ObjectRef {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

export function keyOf(ref: ObjectRef): string {
  return `${ref.namespace}/${ref.name}`;
}

export function refOfKey(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
