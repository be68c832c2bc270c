/**
 * A plain client of the Kubernetes API for the test side of a test: it shares no code with the operator's client, so that
 * a fault in that one cannot hide behind itself.
 */
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { KubeConfig } from '@kubernetes/client-node';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type PatchType =
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/apply-patch+yaml'
  | 'application/json-patch+json';

/** Any object, as far as one can know without its schema. */
export type Json = Record<string, unknown>;

export interface RequestDetails {
  readonly body?: unknown;
  /** For PATCH; a merge patch unless told. */
  readonly patch?: PatchType;
  readonly signal?: AbortSignal;
}

/** The server's refusal: its HTTP status and its own words. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The server's words when it refuses; undefined when it does as it is told. Throws what is no refusal. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof RestError) return error.message;
    throw error;
  }
}

export interface Rest {
  /** Base address, without a slash at the end. */
  readonly server: string;
  /** Sends and receives JSON; throws RestError on any status from 400. */
  call<T = Json>(method: Method, path: string, details?: RequestDetails): Promise<T>;
  /** As `call`, with the answer as text. */
  text(path: string, signal?: AbortSignal): Promise<string>;
  /** The answer line by line as it comes, to its end; throws when the connection breaks. */
  lines(path: string, signal?: AbortSignal): AsyncIterable<string>;
  close(): void;
}

export async function connectRest(kubeconfig: string): Promise<Rest> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server.replace(/\/$/, '');
  if (server === undefined) throw new Error(`${kubeconfig} has no current cluster`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized } = options;
  const agent = new Agent({ keepAlive: true, ca, cert, key, rejectUnauthorized: rejectUnauthorized ?? true });
  const send = (method: Method, path: string, details: RequestDetails = {}): Promise<IncomingMessage> =>
    open(new URL(server + path), { method, agent, ...(options.headers && { headers: options.headers }) }, details);
  return {
    server,
    call: async <T>(method: Method, path: string, details?: RequestDetails) =>
      JSON.parse(await collect(await send(method, path, details))) as T,
    text: async (path, signal) => collect(await send('GET', path, signal && { signal })),
    lines: (path, signal) => lines(() => send('GET', path, signal && { signal })),
    close: () => agent.destroy(),
  };
}

function open(url: URL, options: RequestOptions, details: RequestDetails): Promise<IncomingMessage> {
  const body = details.body === undefined ? undefined : JSON.stringify(details.body);
  const patch = details.patch ?? 'application/merge-patch+json';
  const headers = {
    ...options.headers,
    Accept: 'application/json, */*',
    ...(body !== undefined && {
      'Content-Type': options.method === 'PATCH' ? patch : 'application/json',
      'Content-Length': Buffer.byteLength(body), // without it Node sends a DELETE's body as if it were the next request
    }),
  };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { ...options, headers, ...(details.signal && { signal: details.signal }) });
    request.once('error', reject);
    request.once('response', (response) => {
      if ((response.statusCode ?? 500) < 400) resolve(response);
      else refusal(response).then(reject, reject);
    });
    request.end(body);
  });
}

async function refusal(response: IncomingMessage): Promise<RestError> {
  const text = await collect(response);
  return new RestError(response.statusCode ?? 500, messageOf(text));
}

/** A Status object's message, or whatever was said instead of one. */
function messageOf(text: string): string {
  try {
    const status = JSON.parse(text) as { message?: unknown };
    return typeof status.message === 'string' ? status.message : text;
  } catch {
    return text;
  }
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function* lines(send: () => Promise<IncomingMessage>): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of await send()) {
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}
