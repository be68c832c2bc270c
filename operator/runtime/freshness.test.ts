import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { KubeObject } from '../kube/cluster.ts';
import { Cache } from './cache.ts';
import { Freshness } from './freshness.ts';
import { FakeClock } from './testing/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  const cache = new Cache<KubeObject>();
  cache.replace([], '100');
  let relists = 0;
  const relist = (): number => {
    relists += 1;
    return cache.lists + 1;
  };
  const freshness = new Freshness({ clock, log: pino({ level: 'silent' }), relist, patienceMs: 10_000 });
  return { clock, cache, freshness, relists: () => relists };
}

test('a key nothing was written for is fresh', () => {
  const { cache, freshness } = setup();
  expect(freshness.isFresh('study', cache)).toBe(true);
});

test('a key is stale until the cache has seen the newest write for it, and only that key', () => {
  const { cache, freshness } = setup();
  freshness.wrote('study', '102');
  freshness.wrote('study', '101');
  freshness.wrote('study', undefined);
  cache.bookmark('101');
  expect([freshness.isFresh('study', cache), freshness.isFresh('other', cache)]).toEqual([false, true]);
  cache.bookmark('102');
  expect(freshness.isFresh('study', cache)).toBe(true);
});

test('a write that changed nothing, so kept an old version, is seen at once', () => {
  const { cache, freshness } = setup();
  freshness.wrote('study', '57');
  expect(freshness.isFresh('study', cache)).toBe(true);
});

test('a write that stays unseen asks once for a list, and is seen with it', async () => {
  const { clock, cache, freshness, relists } = setup();
  freshness.wrote('study', '105');
  await clock.advance(9_999);
  expect([freshness.isFresh('study', cache), relists()]).toEqual([false, 0]);
  await clock.advance(1);
  expect([freshness.isFresh('study', cache), freshness.isFresh('study', cache), relists()]).toEqual([false, false, 1]);
  cache.replace([], '105');
  expect(freshness.isFresh('study', cache)).toBe(true);
});

test('it is not wedged for ever when the server’s versions began anew', async () => {
  const { clock, cache, freshness } = setup();
  freshness.wrote('study', '105');
  await clock.advance(10_000);
  freshness.isFresh('study', cache);
  cache.replace([], '7');
  expect(freshness.isFresh('study', cache)).toBe(true);
});

test('one may wait for it', async () => {
  const { clock, cache, freshness } = setup();
  freshness.wrote('study', '105');
  let isOver = false;
  const waiting = freshness.untilFresh('study', cache, new AbortController().signal).then(() => {
    isOver = true;
  });
  cache.bookmark('104');
  await clock.advance(0);
  expect(isOver).toBe(false);
  cache.bookmark('105');
  await waiting;
  expect(clock.sleeping).toBe(0);
});

test('waiting ends when the signal aborts', async () => {
  const { cache, freshness } = setup();
  freshness.wrote('study', '105');
  const stop = new AbortController();
  const waiting = freshness.untilFresh('study', cache, stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
