/** One HTTP request to the API server: the answer's head, and its body as a stream. */
import http, { type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { Credentials } from './credentials.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  /** Ends the request, and the body's stream, at any time. */
  readonly signal: AbortSignal;
}

/** Rejects when no answer came; an answer of any status resolves. */
export type Http = (request: HttpRequest) => Promise<IncomingMessage>;

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

  return async (request) => {
    const signed = await orAborted(credentials.sign(), request.signal);
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
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  };
}

function headersOf({ body, contentType }: HttpRequest, userAgent: string): Record<string, string | number> {
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

/** The whole body as text. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
