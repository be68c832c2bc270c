import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ConnectOptions, connect } from './api-server.ts';
import { type Cluster, KubeError, type WatchEvent } from './cluster.ts';
import type { RequestRecord } from './requests.ts';
import { json, reset, silence, status, text } from './testing/faults.ts';
import { MisbehavingServer, WIDGET, type Widget } from './testing/misbehaving-server.ts';

const never = new AbortController().signal;
const ref = { namespace: 'default', name: 'a' };
const widget: Widget = {
  apiVersion: 'test.example/v1',
  kind: 'Widget',
  metadata: { name: 'a', namespace: 'default' },
  spec: { text: 'grün 🌱' },
};

let server: MisbehavingServer;
beforeEach(async () => {
  server = await MisbehavingServer.start();
});
afterEach(() => server.stop());

function cluster(options: Partial<ConnectOptions> = {}): Cluster {
  return connect({ version: '1.2.3', server: server.url, ...options });
}

/** The KubeError of what fails. */
async function errorOf(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error('expected a KubeError', { cause: error });
  return error;
}

/** Collects a watch's events; `ended` settles with its error, or undefined. */
function watching(options: Partial<ConnectOptions> = {}, signal = never) {
  const events: WatchEvent<Widget>[] = [];
  const from = { resourceVersion: server.resourceVersion };
  const ended = (async () => {
    for await (const event of cluster(options).watch(WIDGET, from, signal)) events.push(event);
  })().catch((error: unknown) => error);
  return { events, ended };
}

describe('list', () => {
  test('gathers all pages and gives every item its kind', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name, `${name} ü`);
    const { items, resourceVersion } = await cluster({ pageSize: 2 }).list(WIDGET, { labelSelector: 'x=y' }, never);

    expect(items.map(({ kind, apiVersion, spec }) => [kind, apiVersion, spec.text])).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => ['Widget', 'test.example/v1', `${name} ü`]),
    );
    expect(resourceVersion).toBe(server.resourceVersion);
    expect(server.requests.map(({ query }) => query)).toEqual([
      { limit: '2', labelSelector: 'x=y' },
      { limit: '2', labelSelector: 'x=y', continue: 'token-0' },
      { limit: '2', labelSelector: 'x=y', continue: 'token-1' },
    ]);
  });

  test('begins again, in one piece, when a continue token has expired', async () => {
    for (const name of ['a', 'b', 'c']) server.put(name, name);
    server.arm('continue', status(410, 'Expired'));
    const { items } = await cluster({ pageSize: 2 }).list(WIDGET, { namespace: 'default' }, never);

    expect(items).toHaveLength(3);
    expect(server.requests.map(({ path, query }) => [path, query['limit']])).toEqual([
      ['/apis/test.example/v1/namespaces/default/widgets', '2'],
      ['/apis/test.example/v1/namespaces/default/widgets', '2'],
      ['/apis/test.example/v1/namespaces/default/widgets', undefined],
    ]);
  });

  test('takes a list of nothing, which Go writes as null', async () => {
    server.arm('list', json(200, { metadata: { resourceVersion: '7' }, items: null }));
    expect(await cluster().list(WIDGET, {}, never)).toEqual({ items: [], resourceVersion: '7' });
  });

  test('ends when its signal aborts', async () => {
    server.arm('list', silence);
    const stop = new AbortController();
    const listing = errorOf(cluster().list(WIDGET, {}, stop.signal));
    await vi.waitFor(() => expect(server.count('list')).toBe(1));
    stop.abort(new Error('enough'));
    expect((await listing).code).toBe('Network');
  });
});

describe('watch', () => {
  test('asks for bookmarks and an end, and hands on every kind of event', async () => {
    server.put('a', 'before');
    const { events, ended } = watching({ watchSeconds: 290 });
    await vi.waitFor(() => expect(server.watches).toBe(1));
    server.put('a', 'after');
    server.remove('a');
    server.bookmark();
    server.endWatches();

    expect(await ended).toBeUndefined();
    expect(events.map((event) => (event.type === 'BOOKMARK' ? event : [event.type, event.object.spec.text]))).toEqual([
      ['MODIFIED', 'after'],
      ['DELETED', 'after'],
      { type: 'BOOKMARK', resourceVersion: '1003' },
    ]);
    expect(server.requests[0]?.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '290',
      resourceVersion: '1001',
    });
  });

  test.each([1, 2, 3, 7])('puts together events and characters that come in pieces of %i bytes', async (bytes) => {
    const { events } = watching();
    await vi.waitFor(() => expect(server.watches).toBe(1));
    server.split(bytes);
    server.put('a', 'größe → 🚀');
    server.put('b', '日本語');
    await vi.waitFor(() => expect(events).toHaveLength(2));
    expect(events.map((event) => event.type !== 'BOOKMARK' && event.object.spec.text)).toEqual([
      'größe → 🚀',
      '日本語',
    ]);
  });

  test.each([
    ['the server forgot the version', () => server.expireWatches(), 'Gone'],
    ['the connection is reset', () => server.resetWatches(), 'Network'],
    ['a line is no JSON', () => server.send('{"type":"ADDED","obj\n'), 'Network'],
    ['a line is no event', () => server.send('{"kind":"Widget"}\n'), 'Network'],
  ])('fails when %s', async (_, misbehave, code) => {
    const { ended } = watching();
    await vi.waitFor(() => expect(server.watches).toBe(1));
    misbehave();
    expect(await ended).toMatchObject({ name: 'KubeError', code });
  });

  test('notices a connection over which nothing comes any more', async () => {
    const { events, ended } = watching({ watchIdleMs: 60 });
    await vi.waitFor(() => expect(server.watches).toBe(1));
    server.put('a', 'heard');
    server.freezeWatches();
    server.put('b', 'never heard');
    expect(await ended).toMatchObject({ code: 'Network', message: expect.stringContaining('silent for 0.06 s') });
    expect(events).toHaveLength(1);
    await vi.waitFor(() => expect(server.watches).toBe(0));
  });

  test('closes its connection when the reader leaves', async () => {
    const reading = (async () => {
      for await (const _ of cluster().watch(WIDGET, { resourceVersion: '1000' }, never)) return;
    })();
    await vi.waitFor(() => expect(server.watches).toBe(1));
    server.put('a', 'one is enough');
    await reading;
    await vi.waitFor(() => expect(server.watches).toBe(0));
  });

  test('ends when its signal aborts', async () => {
    const stop = new AbortController();
    const { ended } = watching({}, stop.signal);
    await vi.waitFor(() => expect(server.watches).toBe(1));
    stop.abort();
    expect(await ended).toMatchObject({ code: 'Network' });
    await vi.waitFor(() => expect(server.watches).toBe(0));
  });
});

describe('reads and writes', () => {
  test('get gives the object, or nothing when there is none', async () => {
    server.arm('other', json(200, widget));
    expect(await cluster().get(WIDGET, ref)).toEqual(widget);
    server.arm('other', status(404, 'NotFound', { name: 'a' }));
    expect(await cluster().get(WIDGET, ref)).toBeUndefined();
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/apis/test.example/v1/namespaces/default/widgets/a',
      headers: { 'user-agent': 'abohb/1.2.3', accept: 'application/json' },
    });
  });

  test('get fails when the kind itself is not installed', async () => {
    server.arm('other', text(404, '404 page not found\n'));
    const error = await errorOf(cluster().get(WIDGET, ref));
    expect(error).toMatchObject({ code: 'NotFound', message: expect.stringContaining('404 page not found') });
  });

  test.each<[string, (it: Cluster) => Promise<unknown>, object]>([
    [
      'create validates strictly',
      (it) => it.create(WIDGET, widget),
      {
        method: 'POST',
        path: '/apis/test.example/v1/namespaces/default/widgets',
        query: { fieldValidation: 'Strict' },
      },
    ],
    [
      'create can be a dry run',
      (it) => it.create(WIDGET, widget, { dryRun: true }),
      { query: { fieldValidation: 'Strict', dryRun: 'All' } },
    ],
    [
      'update replaces',
      (it) => it.update(WIDGET, widget),
      { method: 'PUT', path: '/apis/test.example/v1/namespaces/default/widgets/a' },
    ],
    [
      'apply is forced and names its manager',
      (it) => it.apply(WIDGET, widget, { fieldManager: 'abohb' }),
      {
        method: 'PATCH',
        path: '/apis/test.example/v1/namespaces/default/widgets/a',
        query: { fieldManager: 'abohb', force: 'true' },
        headers: expect.objectContaining({ 'content-type': 'application/apply-patch+yaml' }),
      },
    ],
    [
      'applyStatus goes to the status subresource',
      (it) => it.applyStatus(WIDGET, widget, { fieldManager: 'abohb', dryRun: true }),
      {
        method: 'PATCH',
        path: '/apis/test.example/v1/namespaces/default/widgets/a/status',
        query: { fieldManager: 'abohb', force: 'true', dryRun: 'All' },
      },
    ],
  ])('%s', async (_, act, expected) => {
    server.arm('other', json(200, widget));
    expect(await act(cluster())).toEqual(widget);
    expect(server.requests[0]).toMatchObject(expected);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual(widget);
  });

  test('apply to another incarnation is a conflict', async () => {
    const message = 'Widget "a" is invalid: metadata.uid: Invalid value: "u1": field is immutable';
    server.arm('other', status(422, 'Invalid', { message }));
    const known = { ...widget, metadata: { ...widget.metadata, uid: 'u1' } };
    const error = await errorOf(cluster().apply(WIDGET, known, { fieldManager: 'abohb' }));
    expect(error).toMatchObject({ code: 'Conflict', message });
  });

  test('apply to a version, with no uid given, creates nothing in place of what is gone', async () => {
    const known = { ...widget, metadata: { ...widget.metadata, resourceVersion: '7' } };
    server.arm('other', status(404, 'NotFound', { name: 'a' }));
    const error = await errorOf(cluster().apply(WIDGET, known, { fieldManager: 'abohb' }));
    expect([error.code, server.requests.length]).toEqual(['Conflict', 1]);

    server.arm('other', json(200, { ...widget, metadata: { ...widget.metadata, uid: 'u1' } }));
    server.arm('other', json(200, widget));
    await cluster().apply(WIDGET, known, { fieldManager: 'abohb' });
    expect(JSON.parse(server.requests[2]?.body ?? '').metadata).toMatchObject({ resourceVersion: '7', uid: 'u1' });
  });

  test('delete names the incarnation and how dependents go', async () => {
    server.arm('other', json(200, { kind: 'Status', status: 'Success' }));
    await cluster().delete(WIDGET, ref, { uid: 'u1', propagation: 'Foreground' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u1' },
    });
  });

  test.each([
    ['it is gone', status(404, 'NotFound', { name: 'a' })],
    [
      'another incarnation took its name',
      status(409, 'Conflict', { message: 'Precondition failed: UID in precondition: u1, UID in object meta: u2' }),
    ],
  ])('delete is content when %s', async (_, fault) => {
    server.arm('other', fault);
    await cluster().delete(WIDGET, ref, { uid: 'u1' });
  });

  test('delete fails on any other conflict', async () => {
    server.arm('other', status(409, 'Conflict', { message: 'the namespace is being terminated' }));
    expect((await errorOf(cluster().delete(WIDGET, ref))).code).toBe('Conflict');
  });
});

describe('failures', () => {
  test.each([
    [400, 'BadRequest', 'BadRequest'],
    [401, 'Unauthorized', 'Unauthorized'],
    [403, 'Forbidden', 'Forbidden'],
    [404, 'NotFound', 'NotFound'],
    [405, 'MethodNotAllowed', 'BadRequest'],
    [409, 'AlreadyExists', 'AlreadyExists'],
    [409, 'Conflict', 'Conflict'],
    [410, 'Expired', 'Gone'],
    [422, 'Invalid', 'Invalid'],
    [429, 'TooManyRequests', 'TooManyRequests'],
    [500, 'InternalError', 'ServerError'],
    [504, 'Timeout', 'ServerError'],
  ])('%i %s is a KubeError %s with the server’s own words', async (httpStatus, reason, code) => {
    server.arm('other', status(httpStatus, reason, { message: 'because' }));
    const error = await errorOf(cluster().create(WIDGET, widget));
    expect(error).toMatchObject({ code, message: 'because', status: httpStatus, retryAfterMs: undefined });
  });

  test('Retry-After tells when to try again', async () => {
    server.arm('other', status(429, 'TooManyRequests', { headers: { 'retry-after': '7' } }));
    expect((await errorOf(cluster().update(WIDGET, widget))).retryAfterMs).toBe(7_000);
  });

  test('a proxy’s page is quoted in part', async () => {
    server.arm('other', text(502, '<html>bad gateway</html>'));
    const error = await errorOf(cluster().update(WIDGET, widget));
    expect(error.code).toBe('ServerError');
    expect(error.message).toBe(
      'PUT /apis/test.example/v1/namespaces/default/widgets/a: HTTP 502: <html>bad gateway</html>',
    );
  });

  test.each([
    ['the connection is reset', reset],
    ['no answer comes in time', silence],
    ['the answer is no JSON', text(200, 'hello')],
  ])('it is a Network error when %s', async (_, fault) => {
    server.arm('other', fault);
    const error = await errorOf(cluster({ requestTimeoutMs: 60 }).get(WIDGET, ref));
    expect(error).toMatchObject({ code: 'Network', status: undefined });
  });

  test('it is a Network error when nobody listens', async () => {
    const it = cluster();
    await server.stop();
    expect((await errorOf(it.get(WIDGET, ref))).code).toBe('Network');
    await server.startAgain();
  });

  test('every request is told to the observer', async () => {
    const seen: RequestRecord[] = [];
    const it = cluster({ onRequest: (record) => seen.push(record) });
    await it.list(WIDGET, {}, never);
    await errorOf(it.create(WIDGET, widget));
    server.arm('other', reset);
    await errorOf(it.get(WIDGET, ref));
    expect(seen.map(({ verb, kind, code }) => `${verb} ${kind} ${code}`)).toEqual([
      'list Widget 200',
      'create Widget 404',
      'get Widget Network',
    ]);
  });
});

describe('logs', () => {
  const pod = { namespace: 'default', name: 'p' };

  async function read(it: Cluster, signal = never): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of it.logs(pod, { container: 'train', signal })) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  test('are followed from the beginning, with timestamps', async () => {
    server.arm('other', text(200, '2026-01-01T00:00:00Z {"epoch": 1}\n'));
    expect(await read(cluster())).toBe('2026-01-01T00:00:00Z {"epoch": 1}\n');
    expect(server.requests[0]).toMatchObject({
      path: '/api/v1/namespaces/default/pods/p/log',
      query: { container: 'train', follow: 'true', timestamps: 'true' },
    });
  });

  test('may be silent for longer than a request may take', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    let finish = (): void => undefined;
    server.arm('other', (response) => {
      response.write('begun ');
      finish = () => response.end('done');
    });
    const read: string[] = [];
    for await (const chunk of cluster().logs(pod, { container: 'train', signal: never })) {
      read.push(String(chunk));
      vi.advanceTimersByTime(24 * 3_600_000);
      finish();
    }
    expect(read.join('')).toBe('begun done');
  });

  test('of a container that has not started are refused', async () => {
    const message = 'container "train" in pod "p" is waiting to start: ContainerCreating';
    server.arm('other', status(400, 'BadRequest', { message }));
    expect(await errorOf(read(cluster()))).toMatchObject({ code: 'BadRequest', message });
  });

  test('cut off in the middle are an error, not an end', async () => {
    server.arm('other', (response) => {
      response.write('half', () => response.socket?.resetAndDestroy());
    });
    expect((await errorOf(read(cluster()))).code).toBe('Network');
  });

  test('end when the signal aborts', async () => {
    const stop = new AbortController();
    server.arm('other', (response) => response.write('x', () => stop.abort()));
    expect((await errorOf(read(cluster(), stop.signal))).code).toBe('Network');
  });
});
