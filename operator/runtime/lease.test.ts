import { pino } from 'pino';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterEach, describe, expect, test } from 'vitest';
import { type Kind, KubeError, type KubeObject, type ObjectRef } from '../kube/cluster.ts';
import { LEASE } from '../kube/kinds.ts';
import { noTelemetry } from '../telemetry.ts';
import type { Clock } from './clock.ts';
import { type Leadership, lead } from './lease.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import { TinyCluster } from './testing/tiny-cluster.ts';

const ref = { namespace: 'abohb', name: 'operator' };
const SECOND = 1_000;

/** The clock of one process, which can be stopped: its sleeps end only when it runs again. */
class ProcessClock implements Clock {
  readonly #world: Clock;
  #running: Promise<void> = Promise.resolve();
  #resume: (() => void) | undefined;

  constructor(world: Clock) {
    this.#world = world;
  }

  get isPaused(): boolean {
    return this.#resume !== undefined;
  }

  now(): number {
    return this.#world.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#world.sleep(ms, signal);
    await this.#running;
  }

  pause(): void {
    if (this.isPaused) return;
    this.#running = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume?.();
    this.#resume = undefined;
  }
}

const stops: AbortController[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  await settle();
});

/** One process's way to the cluster, which can be cut: nothing goes through then, and no answer comes for long. */
class Link extends TinyCluster {
  isCut = false;
  readonly #cluster: TinyCluster;

  constructor(cluster: TinyCluster, clock: Clock) {
    super();
    this.#cluster = cluster;
    this.before = async () => {
      if (!this.isCut) return;
      await clock.sleep(30 * SECOND);
      throw new KubeError('Network', 'no answer');
    };
  }

  override async get<T extends KubeObject>(kind: Kind<T>, at: ObjectRef): Promise<T | undefined> {
    await this.before('get', at);
    return this.#cluster.get(kind, at);
  }

  override async create<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    await this.before('create', ref);
    return this.#cluster.create(kind, object);
  }

  override async update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    await this.before('update', ref);
    return this.#cluster.update(kind, object);
  }
}

/** A process that tries to lead and, once it does, holds on. */
function candidate(cluster: TinyCluster, world: FakeClock, identity: string) {
  const clock = new ProcessClock(world);
  const stop = new AbortController();
  stops.push(stop);
  const state: { leadership?: Leadership; ended?: unknown } = {};
  const link = new Link(cluster, world);
  const options = { cluster: link, ref, identity, clock, log: pino({ level: 'silent' }), telemetry: noTelemetry };
  lead(options, stop.signal).then(
    (leadership) => {
      state.leadership = leadership;
      stop.signal.addEventListener('abort', () => void leadership.release());
    },
    (error: unknown) => {
      state.ended = error;
    },
  );
  return { clock, link, stop, state, leads: () => !clock.isPaused && (state.leadership?.isHeld() ?? false) };
}

function world() {
  return { clock: new FakeClock(), cluster: new TinyCluster() };
}

test('the first to come leads and renews; the second waits', async () => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(0);
  const b = candidate(cluster, clock, 'b');
  await clock.advance(300 * SECOND);
  expect([a.leads(), b.leads()]).toEqual([true, false]);
  expect(cluster.peek(LEASE, ref)).toMatchObject({
    spec: {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:05:00.000000Z',
      leaseTransitions: 0,
    },
  });
});

test('a released lease is taken without waiting for it to run out', async () => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(0);
  const b = candidate(cluster, clock, 'b');
  await clock.advance(12 * SECOND);
  await a.state.leadership!.release();
  expect(a.leads()).toBe(false);
  expect(a.state.leadership!.lost.aborted).toBe(false);
  await clock.advance(5 * SECOND);
  expect(b.leads()).toBe(true);
  expect(cluster.peek(LEASE, ref)?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('a process started again under the same identity goes on at once', async () => {
  const { clock, cluster } = world();
  candidate(cluster, clock, 'a').clock.pause();
  await clock.advance(3 * SECOND);
  const again = candidate(cluster, clock, 'a');
  await clock.advance(0);
  expect(again.leads()).toBe(true);
});

test('a paused leader knows, before anything else runs, that it no longer leads', async () => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(0);
  const b = candidate(cluster, clock, 'b');
  await clock.advance(7 * SECOND);
  a.clock.pause();
  await clock.advance(25 * SECOND);
  expect(b.leads()).toBe(true);

  a.clock.resume();
  expect(a.leads()).toBe(false);
  await settle();
  expect(a.state.leadership?.lost.aborted).toBe(true);
});

test.each([
  ['the server cannot be reached', () => Promise.reject(new KubeError('Network', 'down'))],
  ['the connection is dead', () => new Promise<void>(() => undefined)],
])('a leader steps down in time when %s', async (_, before) => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(5 * SECOND);
  cluster.before = before;
  await clock.advance(9_999);
  expect(a.leads()).toBe(true);
  await clock.advance(1);
  expect([a.leads(), a.state.leadership?.lost.aborted]).toEqual([false, true]);
});

test.each([
  ['fails', () => Promise.reject(new KubeError('ServerError', 'oops'))],
  ['hangs', () => new Promise<void>(() => undefined)],
])('one renewal that %s does not end a leadership', async (_, misbehave) => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(2 * SECOND);
  let left = 1;
  cluster.before = () => (left-- > 0 ? misbehave() : undefined);
  await clock.advance(120 * SECOND);
  expect(a.leads()).toBe(true);
});

test('a renewal whose answer was lost is found out about, not taken for another’s lease', async () => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(2 * SECOND);
  const { update } = cluster;
  cluster.update = async (kind, object) => {
    cluster.update = update;
    await update.call(cluster, kind, object);
    throw new KubeError('Network', 'the answer was lost');
  };
  await clock.advance(60 * SECOND);
  expect(a.leads()).toBe(true);
});

test('a deleted lease is made again by its holder', async () => {
  const { clock, cluster } = world();
  const a = candidate(cluster, clock, 'a');
  await clock.advance(2 * SECOND);
  cluster.remove(LEASE, ref);
  await clock.advance(4 * SECOND);
  expect(a.leads()).toBe(true);
  expect(cluster.peek(LEASE, ref)?.spec.holderIdentity).toBe('a');
});

test('a candidate gives up when told to', async () => {
  const { clock, cluster } = world();
  candidate(cluster, clock, 'a');
  await clock.advance(0);
  const b = candidate(cluster, clock, 'b');
  await clock.advance(1 * SECOND);
  b.stop.abort(new Error('shutting down'));
  await settle();
  expect(b.state.ended).toEqual(new Error('shutting down'));
});

describe('there are never two leaders, and in the end there is one', () => {
  test.each(Array.from({ length: 20 }, (_, seed) => seed))('seed %i', async (seed) => {
    const rng = xoroshiro128plus(seed);
    const random = (below: number): number => Math.abs(rng.next()) % below;
    const { clock, cluster } = world();
    let isFaulty = true;
    cluster.before = async () => {
      if (!isFaulty) return;
      await clock.sleep(random(3_000));
      const fate = random(12);
      if (fate === 0) throw new KubeError('Network', 'reset');
      if (fate === 1) throw new KubeError('TooManyRequests', 'slow down');
      if (fate === 2) await clock.sleep(random(40_000));
    };
    let started = 0;
    const start = () => candidate(cluster, clock, `process-${started++}`);
    const processes = [start(), start(), start()];
    const leaders = new Set<unknown>();
    const restore = (each: (typeof processes)[number]): void => {
      each.clock.resume();
      each.link.isCut = false;
    };

    for (let i = 0; i < 600; i++) {
      await clock.advance(250 + random(500));
      const process = processes[random(processes.length)]!;
      const fate = random(20);
      if (fate === 0) process.clock.pause();
      else if (fate === 1) process.link.isCut = true;
      else if (fate < 4) for (const each of processes) restore(each);
      const leading = processes.filter((each) => each.leads());
      expect(leading.length).toBeLessThanOrEqual(1);
      for (const each of leading) leaders.add(each);
      processes.forEach((each, at) => {
        if (each.state.leadership?.lost.aborted) processes[at] = start();
      });
    }

    isFaulty = false;
    for (const each of processes) restore(each);
    for (let i = 0; i < 400; i++) {
      await clock.advance(500);
      processes.forEach((each, at) => {
        if (each.state.leadership?.lost.aborted) processes[at] = start();
      });
    }
    expect(processes.filter((each) => each.leads())).toHaveLength(1);
    expect(leaders.size).toBeGreaterThan(1);
  });
});
