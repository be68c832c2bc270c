import { pino } from 'pino';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../kube/api-server.ts';
import { reset, silence, status, text } from '../kube/testing/faults.ts';
import { MisbehavingServer, WIDGET, type Widget } from '../kube/testing/misbehaving-server.ts';
import { noTelemetry } from '../telemetry.ts';
import { Cache, type Change } from './cache.ts';
import { systemClock } from './clock.ts';
import { Reflector } from './reflector.ts';

const log = pino({ level: 'silent' });

let server: MisbehavingServer;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  server = await MisbehavingServer.start();
  stop = new AbortController();
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await running;
  await server.stop();
});

/** A reflector on the test's server, with waits of milliseconds. */
function reflecting() {
  const cache = new Cache<Widget>();
  const changes: Change<Widget>[] = [];
  const restarts: string[] = [];
  const reflector = new Reflector({
    cluster: connect({ version: '0', server: server.url, watchIdleMs: 80, requestTimeoutMs: 80, pageSize: 2 }),
    kind: WIDGET,
    query: {},
    cache,
    clock: systemClock,
    random: () => 0.5,
    log,
    telemetry: { ...noTelemetry, watchRestarted: (_, reason) => restarts.push(reason) },
    onChange: (change) => changes.push(change),
    backoff: { firstMs: 2, longestMs: 10 },
  });
  running = reflector.run(stop.signal);
  return { cache, changes, restarts, reflector };
}

function textsOf(cache: Cache<Widget>): Record<string, string> {
  return Object.fromEntries(cache.all().map(({ metadata, spec }) => [metadata.name, spec.text]));
}

/** Waits until the cache holds what the server holds. */
function caughtUp(cache: Cache<Widget>): Promise<void> {
  return vi.waitFor(() => expect(textsOf(cache)).toEqual(server.texts), { timeout: 5_000, interval: 5 });
}

function watched(): Promise<void> {
  return vi.waitFor(() => expect(server.watches).toBe(1), { timeout: 5_000, interval: 5 });
}

test('lists, then follows every change', async () => {
  for (const name of ['a', 'b', 'c']) server.put(name, 'listed');
  const { cache, changes, reflector } = reflecting();
  expect(reflector.health()).toMatchObject({ phase: 'listing', synced: false, lastEventAt: undefined });
  await cache.synced;
  await watched();
  server.put('a', 'changed');
  server.put('d', 'new');
  server.remove('b');
  await caughtUp(cache);

  expect(changes.map(({ key, before, after }) => [key, before?.spec.text, after?.spec.text])).toEqual([
    ['default/a', undefined, 'listed'],
    ['default/b', undefined, 'listed'],
    ['default/c', undefined, 'listed'],
    ['default/a', 'listed', 'changed'],
    ['default/d', undefined, 'new'],
    ['default/b', 'listed', undefined],
  ]);
  expect(reflector.health()).toMatchObject({ phase: 'watching', synced: true });
  expect(server.count('list')).toBe(1);
});

test('a bookmark moves on the version a watch continues from', async () => {
  const { cache } = reflecting();
  await watched();
  server.put('a', 'x');
  server.remove('a');
  server.bookmark();
  await vi.waitFor(() => expect(cache.resourceVersion).toBe('1002'));
  server.endWatches();
  await vi.waitFor(() => expect(server.count('watch')).toBe(2));
  expect(server.requests.at(-1)?.query['resourceVersion']).toBe('1002');
});

describe('the cache equals the server again, with no lost delete, after', () => {
  /** While the fault lasts one object is deleted, one changed, one made anew and one added. */
  function changeEverything(): void {
    server.remove('gone');
    server.put('changed', 'after');
    server.remove('again');
    server.put('again', 'second');
    server.put('added', 'new');
  }

  const faults: [string, () => void | Promise<void>][] = [
    ['a reset', () => server.resetWatches()],
    ['an ordinary end', () => server.endWatches()],
    ['a half-open connection', () => server.freezeWatches()],
    ['an expired watch', () => server.expireWatches()],
    ['a line that is no JSON', () => server.send('{"type":"ADDED","object":\n')],
    [
      'a 410 on the next watch',
      () => {
        server.compact();
        server.arm('watch', status(410, 'Expired'));
        server.resetWatches();
      },
    ],
    [
      'a 410 on a continue token while listing again',
      () => {
        server.arm('continue', status(410, 'Expired'));
        server.expireWatches();
      },
    ],
    [
      'several errors on watch',
      () => {
        server.arm('watch', status(500, 'InternalError'));
        server.arm('watch', text(502, 'bad gateway'));
        server.arm('watch', reset);
        server.arm('watch', silence);
        server.arm('watch', status(409, 'Conflict'));
        server.resetWatches();
      },
    ],
    [
      'several errors on list',
      () => {
        server.arm('list', status(500, 'InternalError'));
        server.arm('list', reset);
        server.arm('list', silence);
        server.arm('continue', status(500, 'InternalError'));
        server.arm('list', text(200, 'no list'));
        server.expireWatches();
      },
    ],
    [
      'a restart of the server',
      async () => {
        await server.stop();
        await server.startAgain();
      },
    ],
    [
      'a restart that forgot the history',
      async () => {
        await server.stop();
        changeEverything();
        server.compact();
        await server.startAgain();
      },
    ],
    [
      'a slow list',
      () => {
        const release = server.hold('list');
        server.expireWatches();
        changeEverything();
        void vi.waitFor(() => expect(server.count('list')).toBe(2)).then(release);
      },
    ],
    ['events in pieces of two bytes', () => server.split(2)],
  ];

  test.each(faults)('%s', async (_, misbehave) => {
    for (const name of ['again', 'changed', 'gone', 'same']) server.put(name, 'before ü🌱');
    const { cache, changes } = reflecting();
    await watched();
    const before = changes.length;
    await misbehave();
    changeEverything();
    await caughtUp(cache);

    await watched();
    server.put('last', 'still watching');
    await caughtUp(cache);
    const later = changes.slice(before);
    expect(later.find(({ key, after }) => key === 'default/gone' && after === undefined)?.before?.spec.text).toBe(
      'before ü🌱',
    );
    expect(later.map(({ key }) => key)).not.toContain('default/same');
  });

  test('a restored backup, whose versions are lower', async () => {
    server.put('a', 'before');
    const { cache } = reflecting();
    await watched();
    server.restore(500);
    server.put('b', 'after');
    // From the old, now future version the server refuses to watch, again and again.
    for (let i = 0; i < 6; i++) server.arm('watch', status(504, 'Timeout', { message: 'too large resource version' }));
    server.resetWatches();
    await caughtUp(cache);
    await vi.waitFor(() => expect(cache.resourceVersion).toBe('501'));
  });
});

test('comes up once a server that is down comes up', async () => {
  server.put('a', 'x');
  await server.stop();
  const { cache, restarts, reflector } = reflecting();
  await vi.waitFor(() => expect(restarts.length).toBeGreaterThan(2));
  expect(reflector.health()).toMatchObject({ phase: expect.stringMatching(/empty|listing/), synced: false });
  await server.startAgain();
  await cache.synced;
  await caughtUp(cache);
});

test('waits as long as Retry-After says', async () => {
  const waits: number[] = [];
  const stopped = new AbortController();
  server.arm('list', status(429, 'TooManyRequests', { headers: { 'retry-after': '17' } }));
  const reflector = new Reflector({
    cluster: connect({ version: '0', server: server.url }),
    kind: WIDGET,
    query: {},
    cache: new Cache<Widget>(),
    clock: {
      now: () => 0,
      sleep: async (ms) => {
        waits.push(ms);
        stopped.abort();
      },
    },
    random: () => 0,
    log,
    telemetry: noTelemetry,
  });
  await reflector.run(stopped.signal);
  expect(waits).toEqual([17_000]);
});

test('a list that is wanted afresh is made, and the count told is reached only by it', async () => {
  server.put('a', 'x');
  const { cache, reflector } = reflecting();
  const release = server.hold('list');
  expect(reflector.relist()).toBe(2); // One is under way already and may have begun too early.
  release();
  await vi.waitFor(() => expect(cache.lists).toBe(2));
  await watched();
  expect(reflector.relist()).toBe(3);
  await vi.waitFor(() => expect(cache.lists).toBe(3));
  await watched();
});

test('a list that is wanted afresh is made though the one under way fails', async () => {
  const { cache, reflector } = reflecting();
  server.arm('list', status(500, 'InternalError'));
  expect(reflector.relist()).toBe(2);
  await vi.waitFor(() => expect(cache.lists).toBe(2));
});

test('who waits for two lists gets them, though the first fails and another asks for one meanwhile', async () => {
  const cache = new Cache<Widget>();
  const told: number[] = [];
  server.arm('list', status(500, 'InternalError'));
  const reflector: Reflector<Widget> = new Reflector({
    cluster: connect({ version: '0', server: server.url }),
    kind: WIDGET,
    query: {},
    cache,
    clock: { ...systemClock, sleep: async () => void told.push(reflector.relist()) },
    random: () => 0,
    log,
    telemetry: noTelemetry,
  });
  running = reflector.run(stop.signal);
  told.push(reflector.relist());
  await vi.waitFor(() => expect(cache.lists).toBe(2));
  expect(told).toEqual([2, 1]);
});

test('a listener that throws loses nobody an event', async () => {
  const cache = new Cache<Widget>();
  const seen: string[] = [];
  const reflector = new Reflector({
    cluster: connect({ version: '0', server: server.url }),
    kind: WIDGET,
    query: {},
    cache,
    clock: systemClock,
    random: () => 0,
    log,
    telemetry: noTelemetry,
    onChange: ({ key }) => {
      seen.push(key);
      throw new Error('a fault of the listener');
    },
  });
  running = reflector.run(stop.signal);
  await watched();
  server.put('a', 'x');
  server.put('b', 'y');
  await caughtUp(cache);
  expect(seen).toEqual(['default/a', 'default/b']);
});

test('ends when aborted, even while it waits to try again', async () => {
  await server.stop();
  const { restarts } = reflecting();
  await vi.waitFor(() => expect(restarts.length).toBeGreaterThan(0));
  stop.abort();
  await running;
  await server.startAgain();
});

describe('whatever happens in whatever order, the cache ends up equal', () => {
  test.each([1, 2, 3, 4, 5, 6])('seed %i', async (seed) => {
    const random = xoroshiro128plus(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.abs(random.next()) % items.length]!;
    const { cache } = reflecting();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const acts: (() => void | Promise<void>)[] = [
      () => void server.put(pick(names), `${random.next()} é`),
      () => void server.put(pick(names), `${random.next()} 日`),
      () => server.remove(pick(names)),
      () => server.bookmark(),
      () => server.resetWatches(),
      () => server.endWatches(),
      () => server.freezeWatches(),
      () => server.expireWatches(),
      () => server.compact(),
      () => server.split(1 + (Math.abs(random.next()) % 50)),
      () => server.send('nonsense\n'),
      () => server.arm(pick(['list', 'watch', 'continue']), pick([reset, silence, status(500, 'InternalError')])),
      watched,
      async () => {
        await server.stop();
        await server.startAgain();
      },
    ];
    for (let i = 0; i < 60; i++) await pick(acts)();
    await caughtUp(cache);
    await watched();
  });
});
