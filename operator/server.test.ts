import { once } from 'node:events';
import { connect as openSocket } from 'node:net';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { type ServerOptions, serve } from './server.ts';
import { prometheusTelemetry } from './telemetry.ts';

async function serving(options: Partial<ServerOptions> = {}) {
  const server = await serve({
    port: 0,
    host: '127.0.0.1',
    wedged: () => [],
    unready: () => [],
    metrics: () => prometheusTelemetry().page(),
    log: pino({ level: 'silent' }),
    ...options,
  });
  onTestFinished(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  const get = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(url + path);
    return [answer.status, await answer.text()];
  };
  return { server, get };
}

test('the probes say ok, or what is amiss', async () => {
  const unready = ['trials: not listed yet', 'jobs: not listed yet'];
  const { get } = await serving({ unready: () => unready, wedged: () => [] });
  expect(await get('/healthz')).toEqual([200, 'ok\n']);
  expect(await get('/readyz?verbose')).toEqual([503, 'trials: not listed yet\njobs: not listed yet\n']);
  unready.length = 0;
  expect(await get('/readyz')).toEqual([200, 'ok\n']);
});

test('metrics are served as Prometheus reads them', async () => {
  const telemetry = prometheusTelemetry();
  telemetry.decided('promote', 3);
  const { get } = await serving({ metrics: () => telemetry.page() });
  const [status, body] = await get('/metrics');
  expect(status).toBe(200);
  expect(body).toContain('abohb_decisions_total{kind="promote"} 3');
});

test('other paths are not found, unless somebody else answers them', async () => {
  expect(await (await serving()).get('/studies')).toEqual([404, 'not found\n']);
  const { get } = await serving({ otherwise: (request, response) => response.end(`page ${request.url}`) });
  expect(await get('/studies')).toEqual([200, 'page /studies']);
});

test('a check that throws is an error of that request only', async () => {
  const { get } = await serving({
    wedged: () => {
      throw new Error('broken');
    },
  });
  expect((await get('/healthz'))[0]).toBe(500);
  expect((await get('/readyz'))[0]).toBe(200);
});

test('a port that is taken is an error at once', async () => {
  const { server } = await serving();
  await expect(serving({ port: server.port })).rejects.toThrow('EADDRINUSE');
});

test('closing waits for nobody who only keeps a connection open', async () => {
  const { server, get } = await serving({ closeGraceMs: 1 });
  await get('/healthz');
  const socket = openSocket(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.resume();
  await server.close();
  await closed;
});
