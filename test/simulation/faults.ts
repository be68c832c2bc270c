/**
 * A cluster that treats its client badly: a wrapper around the real one, for one life of the operator. The faults are
 * drawn from the seed; `kill` ends the life between any two calls.
 */
import { type Cluster, type Kind, KubeError, type KubeObject, type WatchEvent } from '../../operator/kube/cluster.ts';
import type { Clock } from '../../operator/runtime/clock.ts';
import type { Rng } from '../../src/rng.ts';

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
}

export const NO_FAULTS: Faults = { crash: 0, conflict: 0, error: 0, lostAnswer: 0, drop: 0, gone: 0, lagMs: 0 };

export interface FaultOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly faults: Faults;
  /** The process dies here. */
  readonly onCrash: () => void;
}

export function faultyCluster(options: FaultOptions): { readonly cluster: Cluster; readonly kill: () => void } {
  const { cluster, clock, rng, faults } = options;
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
  const read = async <T>(call: () => Promise<T>): Promise<T> => {
    if (life.signal.aborted) return forever;
    if (happens(faults.error)) throw failure(rng);
    const answer = await call();
    return life.signal.aborted ? forever : answer;
  };
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    if (life.signal.aborted) return forever;
    if (happens(faults.crash)) return die();
    if (happens(faults.conflict)) throw new KubeError('Conflict', 'the object has been modified', { status: 409 });
    if (happens(faults.error)) throw failure(rng);
    const answer = await call();
    if (life.signal.aborted) return forever;
    if (happens(faults.crash)) return die();
    if (happens(faults.lostAnswer)) throw new KubeError('Network', 'the connection was reset');
    return answer;
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
      if (faults.lagMs > 0) await clock.sleep(rng.uniform() * faults.lagMs, either).catch(() => undefined);
      if (either.aborted) return;
      yield event;
    }
  }

  return {
    kill: () => life.abort(dead),
    cluster: {
      get: (kind, ref) => read(() => cluster.get(kind, ref)),
      list: (kind, query, signal) => read(() => cluster.list(kind, query, signal)),
      watch: (kind, query, signal) => watch(kind, query, signal),
      create: (kind, object, opts) => write(() => cluster.create(kind, object, opts)),
      update: (kind, object) => write(() => cluster.update(kind, object)),
      apply: (kind, object, opts) => write(() => cluster.apply(kind, object, opts)),
      applyStatus: (kind, object, opts) => write(() => cluster.applyStatus(kind, object, opts)),
      delete: (kind, ref, opts) => write(() => cluster.delete(kind, ref, opts)),
      logs: (pod, opts) => logs(cluster, pod, { ...opts, signal: AbortSignal.any([opts.signal, life.signal]) }),
    },
  };

  async function* logs(...[inner, pod, opts]: [Cluster, ...Parameters<Cluster['logs']>]): AsyncGenerator<Uint8Array> {
    if (happens(faults.error)) throw failure(rng);
    for await (const chunk of inner.logs(pod, opts)) {
      // A log is read again from its beginning, so it breaks more rarely than a watch, or it would never be read.
      if (happens(faults.drop / 10)) throw new KubeError('Network', 'the log stream was reset');
      if (opts.signal.aborted) return;
      yield chunk;
    }
  }
}

function failure(rng: Rng): KubeError {
  return rng.uniform() < 0.5
    ? new KubeError('ServerError', 'etcdserver: request timed out', { status: 500 })
    : new KubeError('TooManyRequests', 'too many requests', { status: 429, retryAfterMs: 1000 });
}
