/** The part of the kubelet's own API that the API server proxies to: `GET /containerLogs/NAMESPACE/POD/CONTAINER`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ContainerLog, LogQuery } from './container-log.ts';
import { createAuthority } from './x509.ts';

/** Severed: the node is cut off, so nothing answers. */
export type LogSource = ContainerLog | { readonly status: 400 | 404; readonly message: string } | 'severed';

export interface KubeletServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** The API server, not told of an authority for kubelets, trusts any certificate. */
export async function startKubeletServer(
  find: (namespace: string, pod: string, container: string) => LogSource,
): Promise<KubeletServer> {
  const { certificate, key } = createAuthority('kubelets').issue({
    commonName: 'kubelet',
    usage: 'server',
    ipAddresses: ['127.0.0.1'],
  });
  const server = createServer({ cert: certificate, key }, (request, response) => {
    answer(request, response, find).catch(() => response.destroy()); // the reader has gone away
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  find: (namespace: string, pod: string, container: string) => LogSource,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet');
  const [, api, namespace = '', pod = '', container = ''] = url.pathname.split('/');
  const source =
    api === 'containerLogs'
      ? find(namespace, pod, container)
      : ({ status: 404, message: `the fake kubelet serves no ${url.pathname}` } as const);
  if (source === 'severed') {
    request.socket.destroy();
    return;
  }
  if ('status' in source) {
    response.writeHead(source.status, { 'Content-Type': 'text/plain' }).end(source.message);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.flushHeaders(); // a follower waits for them even while there is nothing to read
  await pipeline(source.read(queryOf(url.searchParams)), response);
}

function queryOf(parameters: URLSearchParams): LogQuery {
  const number = (name: string): number | undefined => {
    const text = parameters.get(name);
    return text === null ? undefined : Number(text);
  };
  return {
    follow: parameters.get('follow') === 'true',
    timestamps: parameters.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    sinceTime: parameters.get('sinceTime') ?? undefined,
  };
}
