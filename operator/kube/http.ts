/** One HTTP request to the API server: the answer's head, and its body as a stream. */
import http, { type IncomingMessage } from 'node:http';
import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import https, { type RequestOptions } from 'node:https';
import { connectionsTo } from './connections.ts';
import type { Credentials } from './credentials.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  /** Its answer goes on for minutes, a little at a time: it shares a connection with others, where the server can do that. */
  readonly isShared?: boolean | undefined;
  /** Ends the request, and the body's stream, at any time. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined;
  /** Throws where the answer is cut off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the answer, read to its end or not. */
  close(): void;
}

/** Rejects when no answer came; an answer of any status resolves. */
export type Http = (request: HttpRequest) => Promise<Answer>;

/** Idle connections are closed after this, before the server or a NAT on the way does it unnoticed. */
const IDLE_CONNECTION_MS = 30_000;

/** TCP probes begin after this silence, so that a dead peer is noticed even where silence is normal (logs). */
const KEEP_ALIVE_MS = 15_000;

const AGENT_OPTIONS = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, timeout: IDLE_CONNECTION_MS } as const;

export function openHttp(credentials: Credentials, userAgent: string): Http {
  const isPlain = credentials.server.protocol === 'http:';
  const agent = isPlain ? new http.Agent(AGENT_OPTIONS) : new https.Agent(AGENT_OPTIONS);
  const send = isPlain ? http.request : https.request;
  const prefix = credentials.server.pathname.replace(/\/$/, '');
  const connections = connectionsTo(credentials.server);

  function alone(request: HttpRequest, signed: RequestOptions): Promise<Answer> {
    const options: RequestOptions = {
      agent,
      ...signed,
      method: request.method,
      headers: { ...signed.headers, ...headersOf(request, userAgent) },
      signal: request.signal,
    };
    const url = new URL(prefix + request.path, credentials.server.origin);
    return new Promise((resolve, reject) => {
      const outgoing = send(url, options);
      outgoing.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
      outgoing.on('response', (message) => resolve(answerOf(message)));
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  }

  return async (request) => {
    const { signal } = request;
    const signed = await orAborted(credentials.sign(), signal);
    // Through a proxy there is no other way than its agent's.
    if (request.isShared !== true || isPlain || signed.agent !== undefined) return alone(request, signed);
    const { headers, agent: _, ...secrets } = signed;
    const all: OutgoingHttpHeaders = {
      ...(headers as OutgoingHttpHeaders),
      ...headersOf(request, userAgent),
      ':path': prefix + request.path,
    };
    const stream = await orAborted(connections.request(all, secrets, signal), signal);
    return stream === undefined ? alone(request, signed) : answerOn(stream, signal);
  };
}

function headersOf({ body, contentType }: HttpRequest, userAgent: string): OutgoingHttpHeaders {
  const headers = { accept: 'application/json', 'user-agent': userAgent };
  if (body === undefined) return headers;
  const length = Buffer.byteLength(body);
  return { ...headers, 'content-type': contentType ?? 'application/json', 'content-length': length };
}

/** The promise's value, unless the signal aborts first: a credential plugin may hang, too. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function answerOf(message: IncomingMessage): Answer {
  return {
    status: message.statusCode ?? 0,
    retryAfter: message.headers['retry-after'],
    body: message,
    close: () => void message.destroy(),
  };
}

function answerOn(stream: ClientHttp2Stream, signal: AbortSignal): Promise<Answer> {
  const answer = new Promise<Answer>((resolve, reject) => {
    stream.once('response', (headers: IncomingHttpHeaders) =>
      resolve({
        status: Number(headers[':status']),
        retryAfter: headers['retry-after'],
        body: complete(stream),
        close: () => void stream.destroy(),
      }),
    );
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the connection was closed')));
  });
  return orAborted(answer, signal);
}

/** A stream of HTTP/2 seems to end well when its connection breaks: only the code it was closed with tells. */
async function* complete(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  yield* stream;
  const code = stream.rstCode ?? 0;
  if (code !== 0) throw new Error(`the answer was cut off (HTTP/2 error ${code})`);
}

/** The whole body as text. */
export async function textOf(body: Answer['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
