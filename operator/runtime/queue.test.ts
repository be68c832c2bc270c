import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkQueue } from './queue.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock, firstRetryMs: 100, longestRetryMs: 1_000 }) };
}

test('keys are taken in the order they are due, and of those due at once the first to come', async () => {
  const { clock, queue } = setup();
  queue.add('late', 20);
  queue.add('b');
  queue.add('a');
  queue.add('early', 10);
  await clock.advance(30);
  expect([queue.take(), queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
    'b',
    'a',
    'early',
    'late',
    undefined,
  ]);
});

test('a key waits once, for its earliest due time', async () => {
  const { clock, queue } = setup();
  queue.add('a', 50);
  queue.add('a', 10);
  queue.add('a', 90);
  expect(queue.depth).toBe(1);
  await clock.advance(10);
  expect(queue.take()).toBe('a');
  await clock.advance(100);
  queue.done('a');
  expect(queue.take()).toBeUndefined();
});

test('a key being worked on is held back until it is done', () => {
  const { queue } = setup();
  queue.add('a');
  expect(queue.take()).toBe('a');
  queue.add('a');
  expect(queue.take()).toBeUndefined();
  queue.done('a');
  expect(queue.take()).toBe('a');
});

test('a failing key waits twice as long each time, up to a limit, until it is forgotten', () => {
  const { queue } = setup();
  expect([1, 2, 3, 4, 5, 6].map(() => queue.retry('a'))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  queue.forget('a');
  expect(queue.retry('a')).toBe(100);
});

test('a key that lost a race is soon due again, and that does not count as a failure', () => {
  const { queue } = setup();
  expect(Array.from({ length: 10 }, () => queue.again('a'))).toEqual([
    50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
  ]);
  expect(queue.retry('a')).toBe(100);
  queue.forget('a');
  expect(queue.again('a')).toBe(50);
});

test('a failing key that changes is due at once, unless the server asked for patience', async () => {
  const { clock, queue } = setup();
  queue.retry('a');
  queue.add('a');
  expect(queue.take()).toBe('a');

  queue.retry('a', { atLeastMs: 5_000 });
  queue.done('a');
  queue.add('a');
  expect(queue.take()).toBeUndefined();
  await clock.advance(5_000);
  expect(queue.take()).toBe('a');
});

test('whoever waits gets the next key when it is due, in order of waiting', async () => {
  const { clock, queue } = setup();
  const never = new AbortController().signal;
  const got: string[] = [];
  for (const who of ['first', 'second', 'third']) {
    void queue.next(never).then((key) => got.push(`${who} ${key}`));
  }
  queue.add('later', 1_000);
  queue.add('now');
  await settle();
  expect(got).toEqual(['first now']);
  queue.add('sooner', 500);
  await clock.advance(500);
  expect(got).toEqual(['first now', 'second sooner']);
  await clock.advance(500);
  expect(got).toEqual(['first now', 'second sooner', 'third later']);
});

test('one timer serves all who wait, and none is left when they give up', async () => {
  const { clock, queue } = setup();
  const stop = new AbortController();
  const waiting = [queue.next(stop.signal), queue.next(stop.signal), queue.next(stop.signal)];
  queue.add('a', 1_000);
  queue.add('b', 2_000);
  await settle();
  expect(clock.sleeping).toBe(1);
  stop.abort();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
  expect(await queue.next(stop.signal)).toBeUndefined();
  expect(clock.sleeping).toBe(0);
});

test('a key due further away than a timer can be set for is still handed out in time', async () => {
  const { clock, queue } = setup();
  const fortyDaysMs = 40 * 86_400_000;
  let got: string | undefined;
  void queue.next(new AbortController().signal).then((key) => {
    got = key;
  });
  queue.add('a', fortyDaysMs);
  await clock.advance(fortyDaysMs - 1);
  expect(got).toBeUndefined();
  await clock.advance(1);
  expect(got).toBe('a');
});

test('it behaves like a plain map of due times that is searched in full', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const act = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key, ms: fc.integer({ min: 0, max: 50 }) }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('done' as const), key }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 40 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const { clock, queue } = setup();
      const due = new Map<string, number>();
      const active = new Set<string>();
      for (const it of acts) {
        if (it.do === 'add') {
          queue.add(it.key, it.ms);
          due.set(it.key, Math.min(clock.now() + it.ms, due.get(it.key) ?? Number.POSITIVE_INFINITY));
        } else if (it.do === 'take') {
          const free = [...due].filter(([key, at]) => at <= clock.now() && !active.has(key));
          const earliest = Math.min(...free.map(([, at]) => at));
          const taken = queue.take();
          if (free.length === 0) expect(taken).toBeUndefined();
          else {
            expect(free).toContainEqual([taken, earliest]);
            due.delete(taken!);
            active.add(taken!);
          }
        } else if (it.do === 'done') {
          if (active.delete(it.key)) queue.done(it.key);
        } else await clock.freeze(it.ms);
        expect(queue.depth).toBe(due.size);
      }
    }),
    { numRuns: 50 },
  );
});

test('many keys cost little each', () => {
  const { queue } = setup();
  const count = 100_000;
  for (let i = 0; i < count; i++) queue.add(`key-${(i * 7_919) % count}`, -((i * 104_729) % count));
  let taken = 0;
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    queue.done(key);
    taken += 1;
  }
  expect(taken).toBe(count);
});
