/** Followed logs over shared connections (operator/kube/connections.ts), against a real HTTP/2 server. */
import http2, { type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import { type Answer, type Http, openHttp, textOf } from '../../operator/kube/http.ts';
import { createAuthority } from '../cluster/harness/x509.ts';

const authority = createAuthority('test');
const { key, certificate: cert } = authority.issue({
  commonName: 'server',
  usage: 'server',
  ipAddresses: ['127.0.0.1'],
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that begins every answer with its path, and goes on when the test says so. */
async function serving(maxConcurrentStreams = 250) {
  const connections = new Set<ServerHttp2Session>();
  const streams = new Map<string, ServerHttp2Stream>();
  const server: Http2SecureServer = http2.createSecureServer({ key, cert, settings: { maxConcurrentStreams } });
  server.on('session', (session) => {
    connections.add(session);
    session.on('error', () => undefined);
    session.on('close', () => connections.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    streams.set(String(headers[':path']), stream);
    stream.respond({ ':status': 200 });
    stream.write(`${headers[':path']} for ${headers.authorization}\n`);
  });
  const port = await listening(server);
  closing.push(() => {
    for (const session of connections) session.destroy();
    server.close();
  });
  return { port, connections, streams };
}

async function listening(server: Http2SecureServer | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function client(
  port: number,
  sign = async () => ({ headers: { authorization: 'me' }, ca: authority.certificate }),
): Http {
  return openHttp({ server: new URL(`https://127.0.0.1:${port}/`), namespace: undefined, sign }, 'test');
}

function follow(http: Http, path: string, signal = new AbortController().signal): Promise<Answer> {
  return http({ method: 'GET', path, signal, isShared: true });
}

const paths = (count: number): string[] => Array.from({ length: count }, (_, i) => `/logs/${i}`);

test('two hundred and fifty answers that go on share three connections', async () => {
  const { port, connections, streams } = await serving();
  const http = client(port);
  const answers = await Promise.all(paths(250).map((path) => follow(http, path)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(connections.size).toBe(3);

  for (const stream of streams.values()) stream.end('end');
  expect(await textOf(answers[7]?.body ?? nothing())).toBe('/logs/7 for me\nend');
  for (const answer of answers) answer.close();
  await vi.waitFor(() => expect(connections.size).toBe(0));
});

test('no more answers go on over a connection than the server allows', async () => {
  const { port, connections } = await serving(10);
  const http = client(port);
  await Promise.all(paths(25).map((path) => follow(http, path)));
  expect(connections.size).toBe(3);
});

test('an answer whose connection breaks is not taken for one that has ended', async () => {
  const { port, connections } = await serving();
  const http = client(port);
  const answer = await follow(http, '/a');
  for (const { socket } of connections) (socket as TLSSocket).destroy();
  await expect(textOf(answer.body)).rejects.toThrow(/cut off/);

  await follow(http, '/again');
  await vi.waitFor(() => expect(connections.size).toBe(1));
});

test('an answer that the server gives up fails with its reason', async () => {
  const { port, streams } = await serving();
  const answer = await follow(client(port), '/a');
  streams.get('/a')?.destroy(new Error('out of memory'));
  await expect(textOf(answer.body)).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR/);
});

test('on a connection that the server is about to close answers go on, and new ones begin on another', async () => {
  const { port, streams, connections } = await serving();
  const http = client(port);
  const old = await follow(http, '/old');
  streams.get('/old')?.session?.goaway();
  await vi.waitFor(async () => {
    (await follow(http, '/new')).close();
    expect(connections.size).toBe(2);
  });
  streams.get('/old')?.end('end');
  expect(await textOf(old.body)).toBe('/old for me\nend');
});

test('ending one answer leaves the others of its connection alone', async () => {
  const { port, streams } = await serving();
  const http = client(port);
  const abort = new AbortController();
  const ended = await follow(http, '/ended', abort.signal);
  const goesOn = await follow(http, '/goes-on');
  abort.abort(new Error('enough'));
  await expect(textOf(ended.body)).rejects.toThrow();
  streams.get('/goes-on')?.end('end');
  expect(await textOf(goesOn.body)).toBe('/goes-on for me\nend');
});

test('new credentials get a connection of their own', async () => {
  const { port, connections } = await serving();
  let ca = [authority.certificate];
  const http = client(port, async () => ({ headers: { authorization: 'me' }, ca: ca.join('\n') }));
  await follow(http, '/a');
  await follow(http, '/b');
  expect(connections.size).toBe(1);
  ca = [...ca, createAuthority('another').certificate];
  await follow(http, '/c');
  expect(connections.size).toBe(2);
});

test('a server of HTTP/1.1 only is asked as it can answer', async () => {
  const server = createServer({ key, cert }, (request, response) => response.end(`${request.url} 1.1`));
  const http = client(await listening(server));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const answer = await follow(http, '/a');
  expect(await textOf(answer.body)).toBe('/a 1.1');
});

test('a server that cannot be reached fails the request, and the next one tries again', async () => {
  const { port } = await serving();
  const server = createServer({ key, cert });
  const dead = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  const http = client(dead);
  await expect(follow(http, '/a')).rejects.toThrow(/ECONNREFUSED/);
  await expect(follow(http, '/b')).rejects.toThrow(/ECONNREFUSED/);
  await expect(
    follow(
      client(port, async () => ({ headers: { authorization: 'me' }, ca: '' })),
      '/c',
    ),
  ).rejects.toThrow();
});

async function* nothing(): AsyncGenerator<Uint8Array> {}
