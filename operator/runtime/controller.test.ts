import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { KubeError } from '../kube/cluster.ts';
import { noTelemetry } from '../telemetry.ts';
import { type Reconcile, type Requeue, runController } from './controller.ts';
import { WorkQueue } from './queue.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops) stop.abort();
});

/** A controller under way with this reconcile, and what it did, each with the seconds since the start. */
function controlling(reconcile: Reconcile, workers = 2) {
  const clock = new FakeClock();
  const start = clock.now();
  const queue = new WorkQueue({ clock });
  const stop = new AbortController();
  stops.push(stop);
  const calls: string[] = [];
  const errors: string[] = [];
  const levels: string[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => levels.push(pino.levels.labels[JSON.parse(line).level]!) },
  );
  const ended = runController({
    name: 'test',
    queue,
    reconcile: (key, signal) => {
      calls.push(`${key} ${(clock.now() - start) / 1_000}`);
      return reconcile(key, signal);
    },
    workers,
    clock,
    log,
    telemetry: { ...noTelemetry, reconcileFailed: (_, code) => errors.push(code) },
    signal: stop.signal,
    deadlineMs: 10_000,
    graceMs: 30_000,
  });
  return { clock, queue, stop, calls, errors, levels, ended };
}

const done = async (): Promise<Requeue> => 'until-changed';

test('a key is reconciled once for each time it changes', async () => {
  const { clock, queue, calls } = controlling(done);
  queue.add('a');
  queue.add('a');
  await clock.advance(60_000);
  queue.add('a');
  await clock.advance(60_000);
  expect(calls).toEqual(['a 0', 'a 60']);
});

test('a key comes again when its reconcile said so', async () => {
  const { clock, queue, calls } = controlling(async () => ({ afterMs: 20_000 }));
  queue.add('a');
  await clock.advance(50_000);
  expect(calls).toEqual(['a 0', 'a 20', 'a 40']);
});

test('a failing key waits longer each time and delays nobody else', async () => {
  const failing = async (key: string): Promise<Requeue> => {
    if (key === 'bad') throw new Error('broken');
    return { afterMs: 4_000 };
  };
  const { clock, queue, calls, errors, levels } = controlling(failing, 1);
  queue.add('bad');
  queue.add('good');
  await clock.advance(8_000);
  expect(calls).toEqual(['bad 0', 'good 0', 'bad 1', 'bad 3', 'good 4', 'bad 7', 'good 8']);
  expect(new Set(errors)).toEqual(new Set(['Internal']));
  expect(new Set(levels)).toEqual(new Set(['warn']));
});

test('success forgets earlier failures', async () => {
  let failures = 3;
  const { clock, queue, calls } = controlling(async () => {
    if (failures-- > 0) throw new Error('broken');
    failures = 1;
    return { afterMs: 1_000 };
  });
  queue.add('a');
  await clock.advance(10_000);
  expect(calls).toEqual(['a 0', 'a 1', 'a 3', 'a 7', 'a 8', 'a 9', 'a 10']);
});

test.each(['Conflict', 'NotFound', 'AlreadyExists'] as const)(
  'a lost race (%s) is tried again soon, and quietly',
  async (code) => {
    let races = 2;
    const { clock, queue, calls, errors, levels } = controlling(async () => {
      if (races-- > 0) throw new KubeError(code, 'lost');
      return 'until-changed';
    });
    queue.add('a');
    await clock.advance(1_000);
    expect(calls).toEqual(['a 0', 'a 0.05', 'a 0.15']);
    expect(errors).toEqual([code, code]);
    expect(new Set(levels)).toEqual(new Set(['debug']));
  },
);

test('the server’s Retry-After is kept, even when the key changes meanwhile', async () => {
  let isFirst = true;
  const { clock, queue, calls } = controlling(async () => {
    if (!isFirst) return 'until-changed';
    isFirst = false;
    throw new KubeError('TooManyRequests', 'slow down', { status: 429, retryAfterMs: 30_000 });
  });
  queue.add('a');
  await clock.advance(1_000);
  queue.add('a');
  await clock.advance(60_000);
  expect(calls).toEqual(['a 0', 'a 30']);
});

test('a reconcile that throws at once, not in its promise, is a failure like any other', async () => {
  const { clock, queue, errors } = controlling(() => {
    throw new KubeError('ServerError', 'no');
  });
  queue.add('a');
  await clock.advance(0);
  expect(errors).toEqual(['ServerError']);
});

test('one that hangs is aborted at its deadline, and its worker goes on at once', async () => {
  const hanging: Reconcile = (key, signal) =>
    key === 'good'
      ? done()
      : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  const { clock, queue, calls, errors } = controlling(hanging, 1);
  queue.add('hangs');
  queue.add('good');
  await clock.advance(11_000);
  expect(calls).toEqual(['hangs 0', 'good 10', 'hangs 11']);
  expect(errors).toEqual(['Deadline', 'Internal']);
});

test('one that ignores its abort holds its key for a grace, never worked on twice at once', async () => {
  let running = 0;
  let most = 0;
  const deaf: Reconcile = () => {
    running += 1;
    most = Math.max(most, running);
    return new Promise(() => undefined);
  };
  const { clock, queue, calls } = controlling(deaf);
  queue.add('a');
  await clock.advance(9_000);
  queue.add('a');
  await clock.advance(30_000);
  expect([calls, most]).toEqual([['a 0'], 1]);
  await clock.advance(1_000);
  expect(calls).toEqual(['a 0', 'a 40']);
});

test('no more keys are reconciled at once than there are workers', async () => {
  const ends: (() => void)[] = [];
  const { queue, calls } = controlling(() => new Promise((resolve) => ends.push(() => resolve('until-changed'))), 3);
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  await settle();
  expect(calls).toEqual(['a 0', 'b 0', 'c 0']);
  ends.shift()?.();
  await settle();
  expect(calls).toEqual(['a 0', 'b 0', 'c 0', 'd 0']);
});

test('it ends when told to, after aborting what is under way, and takes that for no error', async () => {
  const { clock, queue, stop, errors, ended } = controlling(
    (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  queue.add('a');
  await settle();
  stop.abort(new Error('shutting down'));
  await ended;
  expect(errors).toEqual([]);
  expect(clock.sleeping).toBe(0);
});
