/**
 * An HTTP server for tests that lists and watches one kind like an API server, and misbehaves on command. Writes are made
 * directly on it; faults are either armed for a coming request or done to the watches that are open.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Kind, KubeObject } from '../cluster.ts';
import { type Fault, json, status } from './faults.ts';

export interface Widget extends KubeObject {
  readonly spec: { readonly text: string };
}

export const WIDGET: Kind<Widget> = { group: 'test.example', version: 'v1', kind: 'Widget', plural: 'widgets' };

export type RequestKind = 'list' | 'continue' | 'watch' | 'other';

export interface SeenRequest {
  readonly is: RequestKind;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface ServerEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: Widget;
}

/** A rest of a list, as of the version its first page was read at. */
interface Page {
  readonly version: string;
  readonly objects: readonly Widget[];
}

/** What is to happen to one coming request: another answer, or the ordinary one later. */
interface Armed {
  readonly is: RequestKind;
  readonly fault?: Fault;
  readonly until?: Promise<void>;
}

interface Watcher {
  readonly response: ServerResponse;
  isFrozen: boolean;
}

export class MisbehavingServer {
  /** Every request so far, the oldest first. */
  readonly requests: SeenRequest[] = [];
  readonly #objects = new Map<string, Widget>();
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<Watcher>();
  readonly #armed: Armed[] = [];
  readonly #pages = new Map<string, Page>();
  #history: ServerEvent[] = [];
  #version = 1_000;
  #compactedTo = 1_000;
  #uids = 0;
  #port = 0;
  #chunkBytes: number | undefined;
  #server: Server | undefined;

  static async start(): Promise<MisbehavingServer> {
    const server = new MisbehavingServer();
    await server.#listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Watches open now. */
  get watches(): number {
    return this.#watchers.size;
  }

  get resourceVersion(): string {
    return String(this.#version);
  }

  /** The text of each object by name: what a cache should hold. */
  get texts(): Record<string, string> {
    return Object.fromEntries([...this.#objects].sort().map(([name, { spec }]) => [name, spec.text]));
  }

  count(is: RequestKind): number {
    return this.requests.filter((request) => request.is === is).length;
  }

  put(name: string, content: string): Widget {
    const before = this.#objects.get(name);
    this.#version += 1;
    const uid = before?.metadata.uid ?? `uid-${this.#uids++}`;
    const metadata = { name, namespace: 'default', uid, resourceVersion: String(this.#version) };
    const object = { apiVersion: 'test.example/v1', kind: 'Widget', metadata, spec: { text: content } };
    this.#objects.set(name, object);
    this.#happen({ type: before === undefined ? 'ADDED' : 'MODIFIED', version: this.#version, object });
    return object;
  }

  remove(name: string): void {
    const before = this.#objects.get(name);
    if (before === undefined) return;
    this.#version += 1;
    this.#objects.delete(name);
    const metadata = { ...before.metadata, resourceVersion: String(this.#version) };
    this.#happen({ type: 'DELETED', version: this.#version, object: { ...before, metadata } });
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#version) };
    this.send(`${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Widget', metadata } })}\n`);
  }

  /** The next request of this kind is answered by the fault; several are used up in order. */
  arm(is: RequestKind, fault: Fault): void {
    this.#armed.push({ is, fault });
  }

  /** The next request of this kind is answered only once the returned function is called. */
  hold(is: RequestKind): () => void {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#armed.push({ is, until });
    return release;
  }

  /** Sends bytes as they are to every watch. */
  send(bytes: string | Uint8Array): void {
    for (const watcher of this.#watchers) if (!watcher.isFrozen) watcher.response.write(bytes);
  }

  /** From now on everything sent to watches goes in pieces of so many bytes. */
  split(bytes: number): void {
    this.#chunkBytes = bytes;
  }

  resetWatches(): void {
    for (const { response } of this.#watchers) response.socket?.resetAndDestroy();
    this.#watchers.clear();
  }

  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
    this.#watchers.clear();
  }

  /** Open watches stay open, but nothing will ever come over them again. */
  freezeWatches(): void {
    for (const watcher of this.#watchers) watcher.isFrozen = true;
  }

  expireWatches(): void {
    const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    this.send(`${JSON.stringify({ type: 'ERROR', object })}\n`);
  }

  /** Forgets what happened until now: watches from earlier versions are refused. */
  compact(): void {
    this.#history = [];
    this.#compactedTo = this.#version;
  }

  /** The versions begin anew from a lower number, as after restoring a backup. */
  restore(version: number): void {
    this.#version = version;
    this.compact();
  }

  /** Closes the port and every connection. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Opens the same port again, with the same objects. */
  async startAgain(): Promise<void> {
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined); // Resets are what this server is for.
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = await seenRequest(request);
    this.requests.push(seen);
    const at = this.#armed.findIndex(({ is }) => is === seen.is);
    const armed = at === -1 ? undefined : this.#armed.splice(at, 1)[0];
    await armed?.until;
    if (armed?.fault !== undefined) armed.fault(response);
    else this.#answer(seen, response);
  }

  #answer(seen: SeenRequest, response: ServerResponse): void {
    if (seen.is === 'list') {
      const page = { version: this.resourceVersion, objects: [...this.#objects.values()] };
      this.#list(seen, page, response);
    } else if (seen.is === 'continue') this.#continue(seen, response);
    else if (seen.is === 'watch') this.#watch(seen, response);
    else status(404, 'NotFound')(response);
  }

  /** A page; what is left waits under its continue token. Like the API server's, items carry no kind. */
  #list(seen: SeenRequest, { version, objects }: Page, response: ServerResponse): void {
    const limit = Number(seen.query['limit'] ?? Number.POSITIVE_INFINITY);
    const token = objects.length > limit ? `token-${this.#pages.size}` : '';
    if (token !== '') this.#pages.set(token, { version, objects: objects.slice(limit) });
    const items = objects.slice(0, limit).map(({ metadata, spec }) => ({ metadata, spec }));
    json(200, { kind: 'WidgetList', metadata: { resourceVersion: version, continue: token }, items })(response);
  }

  #continue(seen: SeenRequest, response: ServerResponse): void {
    const rest = this.#pages.get(seen.query['continue'] ?? '');
    if (rest === undefined) status(410, 'Expired')(response);
    else this.#list(seen, rest, response);
  }

  #watch({ query }: SeenRequest, response: ServerResponse): void {
    const from = Number(query['resourceVersion']);
    if (from < this.#compactedTo) {
      status(410, 'Expired', { message: 'too old resource version' })(response);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = { response, isFrozen: false };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    for (const event of this.#history) if (event.version > from) this.#tell(watcher, event);
  }

  #happen(event: ServerEvent): void {
    this.#history.push(event);
    for (const watcher of this.#watchers) this.#tell(watcher, event);
  }

  #tell({ response, isFrozen }: Watcher, { type, object }: ServerEvent): void {
    if (isFrozen) return;
    const bytes = Buffer.from(`${JSON.stringify({ type, object })}\n`);
    const step = this.#chunkBytes ?? bytes.length;
    for (let at = 0; at < bytes.length; at += step) response.write(bytes.subarray(at, at + step));
  }
}

async function seenRequest(request: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const query = Object.fromEntries(url.searchParams);
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method = '', headers } = request;
  return { is: kindOf(method, url.pathname, query), method, path: url.pathname, query, headers, body };
}

function kindOf(method: string, path: string, query: Record<string, string>): RequestKind {
  if (method !== 'GET' || !path.endsWith('/widgets')) return 'other';
  if (query['watch'] === 'true') return 'watch';
  return query['continue'] === undefined ? 'list' : 'continue';
}
