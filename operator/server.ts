/** The operator's own HTTP server: probes and metrics. It knows no state, only functions that tell it. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { MetricsPage } from './telemetry.ts';

export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Absent: all addresses. */
  readonly host?: string;
  /** What is wedged, in words; empty while the process need not be restarted. */
  readonly wedged: () => readonly string[];
  /** What is not ready yet, in words; empty when everything is. */
  readonly unready: () => readonly string[];
  readonly metrics: () => Promise<MetricsPage>;
  /** Answers every other path; absent: 404. */
  readonly otherwise?: RequestListener;
  readonly log: Logger;
  /** How long requests under way may go on once the server closes. Default 2 s. */
  readonly closeGraceMs?: number;
}

export interface RunningServer {
  readonly port: number;
  /** Stops listening, lets requests under way end for a moment, and resolves when every connection is closed. */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 2_000;

/** Resolves once the server listens; rejects when the port cannot be had. */
export async function serve(options: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.error({ err: error, path: request.url }, 'a request could not be answered');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  // node:http servers on TCP ports have an AddressInfo; a string is for pipes only.
  const { port } = server.address() as AddressInfo;
  return { port, close: () => close(server, options.closeGraceMs ?? CLOSE_GRACE_MS) };
}

async function answer(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path === '/healthz') answerCheck(response, options.wedged());
  else if (path === '/readyz') answerCheck(response, options.unready());
  else if (path === '/metrics') {
    const { contentType, body } = await options.metrics();
    answerText(response, 200, { contentType, body });
  } else if (options.otherwise !== undefined) options.otherwise(request, response);
  else answerText(response, 404, { contentType: 'text/plain', body: 'not found\n' });
}

function answerCheck(response: ServerResponse, faults: readonly string[]): void {
  const body = faults.length === 0 ? 'ok\n' : `${faults.join('\n')}\n`;
  answerText(response, faults.length === 0 ? 200 : 503, { contentType: 'text/plain; charset=utf-8', body });
}

function answerText(response: ServerResponse, status: number, { contentType, body }: MetricsPage): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(body);
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
