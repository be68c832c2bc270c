/** A cluster behind a real API server, spoken to in plain HTTP. */
import {
  type ApplyOptions,
  type Cluster,
  type DeleteOptions,
  isKubeError,
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
} from './cluster.ts';
import { anonymousCredentials, type Credentials, credentials } from './credentials.ts';
import { openHttp } from './http.ts';
import { POD } from './kinds.ts';
import { withoutOwners } from './owners.ts';
import { apiVersionOf, collectionPath, objectPath, withQuery } from './paths.ts';
import { type Call, openRequests, type RequestObserver, type Requests } from './requests.ts';
import { parseStatus } from './status.ts';
import { watchEvents } from './watch.ts';

export interface ConnectOptions {
  /** Of this program; goes into the User-Agent. */
  readonly version: string;
  /** Path of a kubeconfig file. Absent: $KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** Absent: the kubeconfig's current context. */
  readonly context?: string | undefined;
  /** Folder of the pod's service account. Absent: where every pod finds it. */
  readonly serviceAccount?: string | undefined;
  /** Address of an API server that asks for no credentials; no kubeconfig is read then. */
  readonly server?: string | undefined;
  /** Told of every request. */
  readonly onRequest?: RequestObserver | undefined;
  /** Limit of a whole request; of watches and logs, until the answer begins. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** A watch that is silent for longer is broken: bookmarks come about once a minute. Default 150 s. */
  readonly watchIdleMs?: number;
  /** The server is asked to end a watch after this, so that load spreads anew. Default 290 s. */
  readonly watchSeconds?: number;
  /** Objects per page of a list. Default 500. */
  readonly pageSize?: number;
}

/** Throws KubeError `Unauthorized` when there are no credentials; does not contact the server yet. */
export function connect(options: ConnectOptions): Cluster {
  const http = openHttp(credentialsOf(options), `abohb/${options.version}`);
  const limits = { timeoutMs: options.requestTimeoutMs ?? 30_000 };
  return new ApiServer(openRequests(http, limits, options.onRequest ?? (() => undefined)), options);
}

/** The namespace of the kubeconfig's context or of the pod, if any says. */
export function contextNamespace(options: ConnectOptions): string | undefined {
  return credentialsOf(options).namespace;
}

function credentialsOf(options: ConnectOptions): Credentials {
  return options.server === undefined ? credentials(options) : anonymousCredentials(options.server);
}

/** What discovery says of a group and version. */
interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

const APPLY_PATCH = 'application/apply-patch+yaml';

class ApiServer implements Cluster {
  readonly #requests: Requests;
  readonly #pageSize: number;
  readonly #watchIdleMs: number;
  readonly #watchSeconds: number;

  constructor(requests: Requests, options: ConnectOptions) {
    this.#requests = requests;
    this.#pageSize = options.pageSize ?? 500;
    this.#watchIdleMs = options.watchIdleMs ?? 150_000;
    this.#watchSeconds = options.watchSeconds ?? 290;
  }

  async discover(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const call: Call = { verb: 'get', kind: 'APIResourceList', method: 'GET', path };
    const body = await this.#requests.text(call, ({ code }) => code === 'NotFound');
    const { resources = [] } = body === undefined ? {} : parseJson<ResourceList>(body, call);
    // Subresources carry the kind of what they belong to.
    const found = resources.find(
      ({ name, kind: its, namespaced }) => its === kind && namespaced && !name.includes('/'),
    );
    return found && { group, version, kind, plural: found.name };
  }

  async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | undefined> {
    const call: Call = { verb: 'get', kind: kind.kind, method: 'GET', path: objectPath(kind, ref) };
    const body = await this.#requests.text(call, isMissingObject);
    return body === undefined ? undefined : withoutOwners(parseJson<T>(body, call));
  }

  async list<T extends KubeObject>(kind: Kind<T>, query: Query, signal: AbortSignal): Promise<ListResult<T>> {
    try {
      return await this.#listPages(kind, query, signal, String(this.#pageSize));
    } catch (error) {
      if (!isKubeError(error, 'Gone')) throw error;
      // A continue token expired. From the start, in one piece, so that it cannot happen again.
      return this.#listPages(kind, query, signal);
    }
  }

  async *watch<T extends KubeObject>(
    kind: Kind<T>,
    query: Query & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const path = withQuery(collectionPath(kind, query.namespace), {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(this.#watchSeconds),
      resourceVersion: query.resourceVersion,
      labelSelector: query.labelSelector,
      fieldSelector: query.fieldSelector,
    });
    const call: Call = { verb: 'watch', kind: kind.kind, method: 'GET', path, signal };
    yield* watchEvents<T>(this.#requests.stream(call, this.#watchIdleMs));
  }

  create<T extends KubeObject>(kind: Kind<T>, object: T, options: { readonly dryRun?: boolean } = {}): Promise<T> {
    const path = withQuery(collectionPath(kind, refOf(object).namespace), {
      fieldValidation: 'Strict',
      dryRun: options.dryRun ? 'All' : undefined,
    });
    return this.#write({ verb: 'create', kind: kind.kind, method: 'POST', path, body: JSON.stringify(object) });
  }

  update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    const path = objectPath(kind, refOf(object));
    return this.#write({ verb: 'update', kind: kind.kind, method: 'PUT', path, body: JSON.stringify(object) });
  }

  async apply<T extends KubeObject>(kind: Kind<T>, object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(kind, await this.#withUid(kind, object), objectPath(kind, refOf(object)), options);
  }

  applyStatus<T extends KubeObject>(kind: Kind<T>, object: T, options: ApplyOptions): Promise<T> {
    return this.#apply(kind, object, `${objectPath(kind, refOf(object))}/status`, options);
  }

  async delete(kind: Kind, ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: options.propagation ?? 'Background',
      preconditions: options.uid === undefined ? undefined : { uid: options.uid },
    });
    const path = objectPath(kind, ref);
    await this.#requests.text({ verb: 'delete', kind: kind.kind, method: 'DELETE', path, body }, isAlreadyGone);
  }

  logs(pod: ObjectRef, { container, signal, since }: LogOptions): AsyncGenerator<Uint8Array> {
    const query = { container, follow: 'true', timestamps: 'true', sinceTime: since };
    const path = withQuery(`${objectPath(POD, pod)}/log`, query);
    return this.#requests.stream({ verb: 'logs', kind: POD.kind, method: 'GET', path, signal }, undefined);
  }

  async #apply<T extends KubeObject>(kind: Kind<T>, object: T, at: string, options: ApplyOptions): Promise<T> {
    const path = withQuery(at, {
      fieldManager: options.fieldManager,
      force: 'true',
      dryRun: options.dryRun ? 'All' : undefined,
    });
    const body = JSON.stringify(object);
    try {
      return await this.#write({
        verb: 'apply',
        kind: kind.kind,
        method: 'PATCH',
        path,
        contentType: APPLY_PATCH,
        body,
      });
    } catch (error) {
      throw isOtherUid(error, object) ? new KubeError('Conflict', error.message, { cause: error }) : error;
    }
  }

  /**
   * The object with its uid, if it has a version to be checked: by the version alone the server would not notice that the
   * object is gone, and would create it.
   */
  async #withUid<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    const { resourceVersion, uid } = object.metadata;
    if (resourceVersion === undefined || uid !== undefined) return object;
    const found = await this.get(kind, refOf(object));
    if (found?.metadata.uid === undefined) throw new KubeError('Conflict', `${keyOf(refOf(object))} is gone`);
    return { ...object, metadata: { ...object.metadata, uid: found.metadata.uid } };
  }

  async #write<T extends KubeObject>(call: Call): Promise<T> {
    return withoutOwners(parseJson<T>((await this.#requests.text(call)) ?? '', call));
  }

  /** All pages; without a page size, one. */
  async #listPages<T extends KubeObject>(
    kind: Kind<T>,
    query: Query,
    signal: AbortSignal,
    limit?: string,
  ): Promise<ListResult<T>> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const { labelSelector, fieldSelector, namespace } = query;
      const selected = { limit, continue: token, labelSelector, fieldSelector };
      const path = withQuery(collectionPath(kind, namespace), selected);
      const call: Call = { verb: 'list', kind: kind.kind, method: 'GET', path, signal };
      const page = parseJson<ListBody>((await this.#requests.text(call)) ?? '', call);
      for (const item of page.items ?? []) items.push(withKind(kind, withoutOwners(item)));
      token = page.metadata?.continue || undefined;
      if (token === undefined) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' };
    }
  }
}

/** The server takes another uid than the object's for an attempt to change it. */
function isOtherUid(error: unknown, object: KubeObject): error is KubeError {
  return object.metadata.uid !== undefined && isKubeError(error, 'Invalid') && error.message.includes('metadata.uid:');
}

/** List items of built-in kinds come without apiVersion and kind. */
function withKind<T extends KubeObject>(kind: Kind<T>, item: KubeObject): T {
  return { ...item, apiVersion: apiVersionOf(kind), kind: kind.kind } as T;
}

/** A 404 about the object itself; one about its path (the kind is not installed) names no object. */
function isMissingObject(failure: KubeError, body: string): boolean {
  return failure.code === 'NotFound' && parseStatus(body)?.details?.name !== undefined;
}

/** Gone, or another incarnation is there under the same name. */
function isAlreadyGone(failure: KubeError, body: string): boolean {
  const isOtherIncarnation = failure.code === 'Conflict' && /UID in (the )?precondition/i.test(failure.message);
  return isOtherIncarnation || isMissingObject(failure, body);
}

function parseJson<T>(body: string, { method, path }: Call): T {
  try {
    return JSON.parse(body) as T;
  } catch (error) {
    throw new KubeError('Network', `${method} ${path}: the answer is no JSON`, { cause: error });
  }
}
