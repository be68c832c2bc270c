import { afterEach, describe, expect, test } from 'vitest';
import { type Cluster, KubeError, type LogOptions, type ObjectRef } from '../kube/cluster.ts';
import { FakeClock, settle } from '../runtime/testing/fake-clock.ts';
import { LogFollower, type Source } from './follower.ts';
import type { LogState } from './log-record.ts';
import { lineReader } from './reading.ts';

const POD = { namespace: 'lab', name: 'digits-0001-1-x' };
const AT = '2030-01-01T00:00:00.000Z';
const report = (epoch: number, value: number | string): string => `{"epoch": ${epoch}, "val_error": ${value}}`;

/**
 * A log that says its lines and then ends (with its container, alone, or with words of the kubelet's own), breaks with an
 * error, or stays open.
 */
interface Stream {
  readonly lines: readonly string[];
  readonly after: 'ends' | 'is cut off' | 'stays open' | { readonly words: string } | KubeError;
}

const ends = (...lines: readonly string[]): Stream => ({ lines, after: 'ends' });
const isCutOff = (...lines: readonly string[]): Stream => ({ lines, after: 'is cut off' });
const speaks = (words: string): Stream => ({ lines: [], after: { words } });
const breaks = (...lines: readonly string[]): Stream => ({ lines, after: new KubeError('Network', 'reset') });

/** Each time the log is opened the next stream is given; the last one from then on. */
function logs(streams: readonly Stream[]) {
  const state = {
    opened: 0,
    /** From when on the log was asked for, each time. */
    since: [] as (string | undefined)[],
    /** There is no such pod any more. */
    isGone: false,
    /** The container has ended, whatever its log says. */
    hasEnded: false,
    cluster: {
      /** The container has ended when the log said last ended with it. */
      get: async () => {
        if (state.isGone) return undefined;
        const isOver = streams[Math.min(state.opened, streams.length) - 1]?.after === 'ends';
        const terminated = isOver || state.hasEnded ? { terminated: { exitCode: 0 } } : { running: {} };
        return { metadata: { uid: 'u1' }, status: { containerStatuses: [{ name: 'train', state: terminated }] } };
      },
      async *logs(_: ObjectRef, { signal, since }: LogOptions) {
        const { lines, after } = streams[Math.min(state.opened, streams.length - 1)]!;
        state.opened += 1;
        state.since.push(since);
        for (const line of lines) yield new TextEncoder().encode(`${AT} ${line}\n`);
        if (typeof after === 'object' && 'words' in after) {
          yield new TextEncoder().encode(after.words);
          return;
        }
        if (after === 'ends' || after === 'is cut off') return;
        if (after !== 'stays open') throw after;
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    } as unknown as Cluster,
  };
  return state;
}

let follower: LogFollower | undefined;
afterEach(() => follower?.stop());

function following(...streams: readonly Stream[]) {
  const clock = new FakeClock();
  const log = logs(streams);
  const told = { news: 0, broken: 0 };
  const made = new LogFollower({
    cluster: log.cluster,
    clock,
    random: () => 0.5,
    onNews: () => {
      told.news += 1;
    },
    onBroken: () => {
      told.broken += 1;
    },
  });
  follower = made;
  const source: Source = {
    pod: POD,
    uid: 'u1',
    container: 'train',
    read: lineReader({ resource: 'epoch', metric: 'val_error' }),
  };
  const state = async (change: Partial<Source> = {}): Promise<LogState> => {
    made.follow({ ...source, ...change });
    await settle();
    return made.follow({ ...source, ...change });
  };
  return { clock, log, told, state, follower: made };
}

const levels = ({ reports }: LogState): readonly number[] => reports.map(({ resource }) => resource);

describe('a log is followed', () => {
  test('to its end', async () => {
    const { state, told } = following(ends(report(1, 0.5), 'hello', report(2, 0.25)));
    expect(await state()).toEqual({
      first: [1, 2],
      reports: [
        { resource: 1, value: 0.5, at: AT },
        { resource: 2, value: 0.25, at: AT },
      ],
      diverged: undefined,
      otherNames: [],
      tail: [report(1, 0.5), 'hello', report(2, 0.25)],
      dropped: 0,
      complete: true,
    });
    expect(told).toEqual({ news: 3, broken: 0 });
  });

  test('while it goes on', async () => {
    const { state } = following({ lines: [report(1, 0.5)], after: 'stays open' });
    expect(await state()).toMatchObject({ complete: false, reports: [{ resource: 1 }] });
  });

  test('once, however often it is asked for', async () => {
    const { state, log } = following({ lines: [], after: 'stays open' });
    await state();
    await state();
    expect(log.opened).toBe(1);
  });

  test('anew when a pod of the same name is another', async () => {
    const { state } = following({ lines: [report(1, 0.5)], after: 'stays open' }, ends(report(1, 0.9)));
    await state();
    expect((await state({ uid: 'u2' })).reports).toEqual([{ resource: 1, value: 0.9, at: AT }]);
  });

  test('no more once it is forgotten', async () => {
    const { state, follower: it, clock } = following(breaks());
    await state();
    it.forget(POD);
    await clock.advance(60_000);
    expect([it.size, clock.sleeping]).toEqual([0, 0]);
  });
});

describe('a stream that breaks', () => {
  test('is opened again and read from its beginning: every report counts once', async () => {
    const { state, clock, told } = following(
      breaks(report(1, 0.5), report(2, 0.4)),
      ends(report(1, 0.5), report(2, 0.4), report(3, 0.3)),
    );
    expect(await state()).toMatchObject({ complete: false });
    await clock.advance(1000);
    const after = await state();
    expect([levels(after), after.complete, told.broken]).toEqual([[1, 2, 3], true, 1]);
  });

  test('without an error is opened again too, as long as its container has not ended', async () => {
    const { state, clock } = following(isCutOff(report(1, 0.5)), ends(report(1, 0.5), report(2, 0.4)));
    expect(await state()).toMatchObject({ complete: false });
    await clock.advance(1000);
    const after = await state();
    expect([levels(after), after.complete]).toEqual([[1, 2], true]);
  });

  test('has its last lines only once in the tail', async () => {
    const { state, clock } = following(breaks('one', 'two'), ends('one', 'two'));
    await state();
    await clock.advance(1000);
    expect((await state()).tail).toEqual(['one', 'two']);
  });

  test('is not opened in a tight loop', async () => {
    const { state, clock, log } = following(breaks());
    await state();
    await clock.advance(60_000);
    expect(log.opened).toBeGreaterThan(5);
    expect(log.opened).toBeLessThan(60);
  });

  test('is opened again from shortly before its last line', async () => {
    const { state, clock, log } = following(breaks(report(1, 0.5)), ends(report(2, 0.4)));
    await state();
    await clock.advance(1000);
    expect(levels(await state())).toEqual([1, 2]);
    expect(log.since.slice(0, 2)).toEqual([undefined, '2029-12-31T23:59:50.000Z']);
  });

  test('just before its container ended is opened once more: what was printed last is not lost', async () => {
    const { state } = following(ends(report(1, 0.5)), ends(report(1, 0.5), report(2, 0.4)));
    const after = await state();
    expect([levels(after), after.complete]).toEqual([[1, 2], true]);
  });

  test('is not over because a kubelet that has just started does not know the pod yet', async () => {
    const unknown: Stream = { lines: [], after: new KubeError('NotFound', 'the kubelet knows no such pod') };
    const { state, clock } = following(isCutOff(report(1, 0.5)), unknown, ends(report(1, 0.5), report(2, 0.4)));
    await state();
    await clock.advance(5000);
    expect(levels(await state())).toEqual([1, 2]);
  });

  test('is not over either when that pod has ended', async () => {
    const unknown: Stream = { lines: [], after: new KubeError('NotFound', 'the kubelet knows no such pod') };
    const { state, clock, log } = following(unknown, ends(report(1, 0.5)));
    log.hasEnded = true;
    expect(await state()).toMatchObject({ complete: false });
    await clock.advance(5000);
    expect(await state()).toMatchObject({ complete: true, reports: [{ resource: 1 }] });
  });

  test('is not over, though its container is, when the kubelet tells an error as if it were the log', async () => {
    const { state, clock, log, told } = following(speaks('unable to retrieve container logs'), ends(report(1, 0.5)));
    log.hasEnded = true;
    expect(await state()).toMatchObject({ complete: false, reports: [], tail: [] });
    await clock.advance(5000);
    expect(await state()).toMatchObject({ complete: true, reports: [{ resource: 1 }] });
    expect(told.broken).toBe(1);
  });

  test('is over when its pod is gone', async () => {
    const { state, log } = following({ lines: [report(1, 0.5)], after: new KubeError('NotFound', 'no pod') });
    log.isGone = true;
    expect(await state()).toMatchObject({ complete: true, reports: [{ resource: 1 }] });
  });
});

describe('a log that cannot be read', () => {
  const refused: Stream = { lines: [], after: new KubeError('ServerError', 'no route to host') };

  test('says why and for how long, until it can be read again; both are news', async () => {
    const { state, clock, told } = following(...Array<Stream>(12).fill(refused), {
      lines: ['hello'],
      after: 'stays open',
    });
    expect((await state()).unread).toEqual({ why: 'no route to host', failingMs: 0 });
    await clock.advance(25_000);
    expect(told.news).toBe(0);
    await clock.advance(25_000);
    expect((await state()).unread).toMatchObject({ failingMs: expect.toSatisfy((ms: number) => ms >= 30_000) });
    expect(told.news).toBe(1);
    await clock.advance(60_000);
    expect((await state()).unread).toBeUndefined();
    expect(told.news).toBe(2);
  });

  test('only for a moment is no news; nor is one that then has nothing to say', async () => {
    const { state, clock, told } = following(breaks(report(1, 0.5)), { lines: [], after: 'stays open' });
    await state();
    await clock.advance(60_000);
    expect((await state()).unread).toEqual({ why: 'reset', failingMs: 0 });
    await clock.advance(90_000);
    expect((await state()).unread).toBeUndefined();
    expect(told.news).toBe(1);
  });

  test('is incomplete though its pod is gone', async () => {
    const { state, clock, log } = following(refused, { lines: [], after: new KubeError('NotFound', 'no pod') });
    await state();
    log.isGone = true;
    await clock.advance(1000);
    expect(await state()).toMatchObject({ complete: true, unread: { why: 'no route to host' } });
  });

  test('because the kubelet tells an error in its place says what that is', async () => {
    const { state } = following(speaks('unable to retrieve container logs'));
    expect((await state()).unread?.why).toBe('in the place of the log: unable to retrieve container logs');
  });
});

describe('what is printed', () => {
  test('a level twice counts once, the first time', async () => {
    const { state } = following(ends(report(1, 0.5), report(1, 0.9)));
    expect((await state()).reports).toEqual([{ resource: 1, value: 0.5, at: AT }]);
  });

  test('levels that go backwards are left out', async () => {
    const { state } = following(ends(report(2, 0.5), report(1, 0.9), report(3, 0.1)));
    expect(levels(await state())).toEqual([2, 3]);
  });

  test('a value that is not finite is a divergence, the first one counts', async () => {
    const { state } = following(ends(report(1, 0.5), report(2, 'NaN'), report(3, 'Infinity')));
    expect(await state()).toMatchObject({ diverged: { resource: 2, value: Number.NaN }, reports: [{ resource: 1 }] });
  });

  test('numbers under other names are remembered', async () => {
    const { state } = following(ends('{"step": 1, "loss": 2}', '{"step": 2, "accuracy": 2}'));
    expect((await state()).otherNames).toEqual(['step', 'loss', 'accuracy']);
  });

  test('of reports that cannot be used the first is remembered', async () => {
    const { state } = following(ends(report(0, 0.5), report(1, '"bad"')));
    expect((await state()).unusable).toMatch(/^epoch 0: /);
  });

  describe('additional metrics', () => {
    const read = lineReader({ resource: 'epoch', metric: 'val_error', additional: ['loss', 'time'] });
    const loss = (epoch: number, value: number): string => `{"epoch": ${epoch}, "loss": ${value}}`;
    const beside = ({ reports }: LogState) => reports.map(({ additional }) => additional);

    test('are kept with the report of their level, or without one with the last', async () => {
      const { state } = following(
        ends(loss(1, 3), report(1, 0.5), '{"epoch": 2, "val_error": 0.4, "loss": 2}', '{"time": 7}', report(3, 0.3)),
      );
      expect(beside(await state({ read }))).toEqual([{ loss: 3 }, { loss: 2, time: 7 }, undefined]);
    });

    test('of several levels that come before the reports, or after them, go each to its own', async () => {
      const values = [1, 2, 3];
      const losses = values.map((epoch) => loss(epoch, 10 * epoch));
      const reports = values.map((epoch) => report(epoch, 1 / epoch));
      const wanted = values.map((epoch) => ({ loss: 10 * epoch }));
      expect(beside(await following(ends(...losses, ...reports)).state({ read }))).toEqual(wanted);
      expect(beside(await following(ends(...reports, ...losses)).state({ read }))).toEqual(wanted);
    });

    test('that are read again stay where they are, the last of each level', async () => {
      const lines = ['{"time": 5}', report(1, 0.5), '{"time": 7}', '{"time": 8}', report(2, 0.4)];
      const { state, clock } = following(breaks(...lines), ends(...lines, report(3, 0.3)));
      await state({ read });
      await clock.advance(1000);
      expect(beside(await state({ read }))).toEqual([{ time: 8 }, undefined, undefined]);
    });

    test('that wait for more levels than there is room for are kept for the last of them', async () => {
      const losses = Array.from({ length: 20_000 }, (_, i) => loss(i + 1, i));
      const stays: Stream = { lines: [...losses, report(5, 0.5), report(20_000, 0.1)], after: 'stays open' };
      expect(beside(await following(stays).state({ read }))).toEqual([undefined, { loss: 19_999 }]);
    });
  });

  test('reports on record are forgotten, but not how many units they stand for', async () => {
    const { state } = following(ends(...[10, 20, 30, 40].map((epoch) => report(epoch, 0.5))));
    await state();
    const after = await state({ recorded: 30 });
    expect([levels(after), after.first]).toEqual([
      [30, 40],
      [10, 20, 30],
    ]);
  });

  test('more reports than anybody records cost little memory; the last is kept', async () => {
    const { state } = following(ends(...Array.from({ length: 20_000 }, (_, i) => report(i + 1, 0.5))));
    const { reports } = await state();
    expect([reports.length, reports.at(-1)?.resource]).toEqual([10_000, 20_000]);
  });

  test('a flood of other names is remembered in part', async () => {
    const { state } = following(ends(...Array.from({ length: 500 }, (_, i) => `{"name${i}": 1}`)));
    expect((await state()).otherNames).toHaveLength(20);
  });

  test('only the last five lines are kept, cut', async () => {
    const { state } = following(ends(...['a', 'b', 'c', 'd', 'e'], 'f'.repeat(1000)));
    expect((await state()).tail).toEqual(['b', 'c', 'd', 'e', 'f'.repeat(200)]);
  });

  test('of a line of 10 MB the end is shown, and it is counted', async () => {
    const { state } = following(ends(`${'x'.repeat(10 * 1024 * 1024)} end`, report(1, 0.5)));
    const after = await state();
    expect(after).toMatchObject({ dropped: 1, reports: [{ resource: 1 }] });
    expect(after.tail[0]).toMatch(/^x{196} end$/);
  });
});

describe('between progress bars', () => {
  const bar = ' 50%|#####     | 10/20';

  test('reports are found, behind a bar or over it, however long the line is', async () => {
    const { state } = following(
      ends(
        `${bar}\r100%|##########| 20/20${report(1, 0.5)}`,
        `\r${report(2, 0.4)}`,
        `${`\r${bar}`.repeat(10_000)}${report(3, 0.3)}`,
        `${'#'.repeat(100_000)}${report(4, 0.2)}`,
      ),
    );
    expect(levels(await state())).toEqual([1, 2, 3, 4]);
  });

  test('one counts as printed when it was read: the time of its line is that of the first bar', async () => {
    const { state, clock } = following(ends(`${bar}${report(1, 0.5)}`, `${bar}\r${report(2, 0.4)}`, report(3, 0.3)));
    const now = new Date(clock.now()).toISOString();
    expect((await state()).reports.map(({ at }) => at)).toEqual([now, now, AT]);
  });

  test('only the last state of a bar is among the last lines', async () => {
    const { state } = following(ends('one', `${`\r${bar}`.repeat(99)}\r100%\r`, 'three'));
    expect((await state()).tail).toEqual(['one', '100%', 'three']);
  });
});
