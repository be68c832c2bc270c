/**
 * A cluster that treats its client badly: a wrapper around the real one, for one life of the operator. The faults are
 * drawn from the seed; `kill` ends the life between any two calls.
 */
import {
  type Cluster,
  type Kind,
  KubeError,
  type KubeObject,
  type ObjectRef,
  type WatchEvent,
} from '../../operator/kube/cluster.ts';
import { POD } from '../../operator/kube/kinds.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import { type Rng, stream } from '../../src/rng.ts';

/** Chances per call, event or write. */
export interface Faults {
  /** The operator dies just before a write, or just after it without hearing of it. */
  readonly crash: number;
  readonly conflict: number;
  /** 500 or 429 instead of an answer. */
  readonly error: number;
  /** The write is made, the answer is lost. */
  readonly lostAnswer: number;
  /** A watch breaks off. */
  readonly drop: number;
  /** A watch is told that its version is too old. */
  readonly gone: number;
  /** An event arrives late by up to this many milliseconds, and all after it on that watch. */
  readonly lagMs: number;
  /** An event arrives twice. */
  readonly duplicate: number;
  /** The log of a running container ends in the middle, as if it had been read to its end. */
  readonly cut: number;
  /** A write takes up to SLOW_MS, and is made even when the operator has died meanwhile and another one works. */
  readonly slow: number;
  /** Chance per write that another process takes over and this one does not notice: it acts on for a while beside it. */
  readonly handOver: number;
  /** The operator's clock is wrong by up to this many milliseconds, each few minutes by another. */
  readonly skewMs: number;
}

/** As long as a request may take; the next operator may work within a second. */
const SLOW_MS = 5_000;

export const NO_FAULTS: Faults = {
  crash: 0,
  conflict: 0,
  error: 0,
  lostAnswer: 0,
  drop: 0,
  gone: 0,
  lagMs: 0,
  duplicate: 0,
  cut: 0,
  slow: 0,
  handOver: 0,
  skewMs: 0,
};

/** How long a clock is wrong by the same. */
const JUMP_EVERY_MS = 200_000;

/** A clock that jumps, forwards and backwards; waits take as long as they should. */
export function jumpingClock(
  clock: Clock,
  { seed, skewMs }: { readonly seed: number; readonly skewMs: number },
): Clock {
  if (skewMs === 0) return clock;
  return {
    now: () => {
      const now = clock.now();
      const luck = stream(seed, 'clock', Math.floor(now / JUMP_EVERY_MS));
      return now + Math.round((luck.uniform() - 0.5) * 2 * skewMs);
    },
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

export interface FaultOptions {
  readonly cluster: Cluster;
  /** The kinds that the cluster has now. */
  readonly discover: Cluster['discover'];
  readonly clock: Clock;
  readonly rng: Rng;
  readonly faults: Faults;
  /** The process dies here. */
  readonly onCrash: () => void;
  /** Another process is to take over: resolves when this one, which has noticed nothing, acts on. */
  readonly onHandOver: () => Promise<void>;
  /** An object of this kind is made or changed now, though the process may have died or been replaced meanwhile. */
  readonly onMade: (kind: string) => void;
  /** So is one deleted; isLate: it was asked for a while ago. */
  readonly onDeletion: (isLate: boolean) => void;
}

export function faultyCluster(options: FaultOptions): { readonly cluster: Cluster; readonly kill: () => void } {
  const { cluster, discover, clock, rng, faults } = options;
  const life = new AbortController();
  const happens = (chance: number): boolean => chance > 0 && rng.uniform() < chance;
  const dead = new KubeError('Network', 'the process is dead');
  /** Nothing returns to a dead process. */
  const forever = new Promise<never>(() => undefined);
  const die = (): Promise<never> => {
    life.abort(dead);
    options.onCrash();
    return forever;
  };
  /** Settles when the process is not paused. */
  let awake: Promise<void> | undefined;
  const read = async <T>(call: () => Promise<T>): Promise<T> => {
    await awake;
    if (life.signal.aborted) return forever;
    if (happens(faults.error)) throw failure(rng);
    const answer = await call();
    await awake;
    return life.signal.aborted ? forever : answer;
  };
  const write = async <T>(call: (isLate: boolean) => Promise<T>): Promise<T> => {
    if (awake === undefined && happens(faults.handOver)) awake = options.onHandOver();
    await awake;
    if (life.signal.aborted) return forever;
    if (happens(faults.crash)) return die();
    if (happens(faults.conflict)) throw new KubeError('Conflict', 'the object has been modified', { status: 409 });
    if (happens(faults.error)) throw failure(rng);
    const isLate = happens(faults.slow);
    if (isLate) await clock.sleep(rng.uniform() * SLOW_MS);
    const answer = await call(isLate);
    if (life.signal.aborted) return forever;
    if (happens(faults.crash)) return die();
    if (happens(faults.lostAnswer)) throw new KubeError('Network', 'the connection was reset');
    return answer;
  };

  const made = async <T extends KubeObject>(written: Promise<T>): Promise<T> => {
    const object = await written;
    options.onMade(object.kind);
    return object;
  };

  async function* watch<T extends KubeObject>(
    kind: Kind<T>,
    query: Parameters<Cluster['watch']>[1],
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    if (happens(faults.gone)) throw new KubeError('Gone', 'too old resource version', { status: 410 });
    const either = AbortSignal.any([signal, life.signal]);
    for await (const event of cluster.watch(kind, query, either)) {
      if (happens(faults.drop)) throw new KubeError('Network', 'the connection was reset');
      if (happens(faults.gone)) throw new KubeError('Gone', 'too old resource version', { status: 410 });
      await awake;
      if (faults.lagMs > 0) await clock.sleep(rng.uniform() * faults.lagMs, either).catch(() => undefined);
      if (either.aborted) return;
      yield event;
      if (happens(faults.duplicate)) yield event;
    }
  }

  return {
    kill: () => life.abort(dead),
    cluster: {
      discover: (apiVersion, kind) => read(() => discover(apiVersion, kind)),
      get: (kind, ref) => read(() => cluster.get(kind, ref)),
      list: (kind, query, signal) => read(() => cluster.list(kind, query, signal)),
      watch: (kind, query, signal) => watch(kind, query, signal),
      create: (kind, object, opts) =>
        write(() => (opts?.dryRun ? cluster.create(kind, object, opts) : made(cluster.create(kind, object, opts)))),
      update: (kind, object) => write(() => cluster.update(kind, object)),
      apply: (kind, object, opts) => write(() => made(cluster.apply(kind, object, opts))),
      applyStatus: (kind, object, opts) => write(() => cluster.applyStatus(kind, object, opts)),
      delete: (kind, ref, opts) =>
        write((isLate) => {
          options.onDeletion(isLate);
          return cluster.delete(kind, ref, opts);
        }),
      logs: (pod, opts) => logs(cluster, pod, { ...opts, signal: AbortSignal.any([opts.signal, life.signal]) }),
    },
  };

  async function* logs(...[inner, pod, opts]: [Cluster, ...Parameters<Cluster['logs']>]): AsyncGenerator<Uint8Array> {
    if (happens(faults.error)) throw failure(rng);
    for await (const chunk of inner.logs(pod, opts)) {
      // A log is read again from its beginning, so it breaks more rarely than a watch, or it would never be read.
      if (happens(faults.drop / 10)) throw new KubeError('Network', 'the log stream was reset');
      await awake;
      if (opts.signal.aborted || (happens(faults.cut) && (await isRunning(inner, pod)))) return;
      yield chunk;
    }
  }
}

async function isRunning(cluster: Cluster, pod: ObjectRef): Promise<boolean> {
  return (await cluster.get(POD, pod))?.status?.phase === 'Running';
}

function failure(rng: Rng): KubeError {
  return rng.uniform() < 0.5
    ? new KubeError('ServerError', 'etcdserver: request timed out', { status: 500 })
    : new KubeError('TooManyRequests', 'too many requests', { status: 429, retryAfterMs: 1000 });
}
