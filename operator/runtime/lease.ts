/**
 * Leader election on a coordination.k8s.io/v1 Lease. A leader counts itself as such for two thirds of the lease's
 * duration after it began its last successful renewal; others take over only when they have seen no renewal for all of
 * it. So there are never two, as long as clocks run at about the same speed; what they show does not matter.
 */
import type { Logger } from 'pino';
import { type Cluster, isKubeError, type ObjectRef } from '../kube/cluster.ts';
import { LEASE, type Lease } from '../kube/kinds.ts';
import type { Clock } from './clock.ts';
import type { RuntimeTelemetry } from './telemetry.ts';

export interface LeaseOptions {
  readonly cluster: Cluster;
  readonly ref: ObjectRef;
  /** Unique to this process. */
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: RuntimeTelemetry;
  /** Whole seconds, in milliseconds. Default 15 s. */
  readonly durationMs?: number;
}

export interface Leadership {
  /** Aborts when the lease could not be renewed in time, before anybody else may take it. */
  readonly lost: AbortSignal;
  /** By the clock, so also right after the process was stopped for a while and before `lost` could abort. */
  isHeld(): boolean;
  /** Gives the lease up, so that another need not wait for it to run out. `lost` does not abort. */
  release(): Promise<void>;
}

/** A lease we have just written: what the server answered, and when we began to ask. */
interface Held {
  readonly lease: Lease;
  readonly since: number;
}

/** A lease of somebody else's, and when we first saw it at this version. */
interface Observed {
  readonly resourceVersion: string | undefined;
  readonly at: number;
}

const DURATION_MS = 15_000;

/** A third of the lease, so that one renewal may fail before we give up at two thirds. */
const renewEveryMs = (durationMs: number): number => durationMs / 3;
const heldForMs = (durationMs: number): number => (2 * durationMs) / 3;
/** A renewal that hangs (a dead connection) leaves time for another. */
const renewLimitMs = (durationMs: number): number => durationMs / 6;
const retryEveryMs = (durationMs: number): number => durationMs / 30;

/** Waits until the lease is ours, then renews it in the background. Rejects with the signal's reason when it aborts. */
export async function lead(options: LeaseOptions, signal: AbortSignal): Promise<Leadership> {
  const { clock, log, durationMs = DURATION_MS } = options;
  let observed: Observed | undefined;
  for (;;) {
    signal.throwIfAborted();
    try {
      const now = await tryAcquire(options, observed);
      if ('lease' in now) return new HeldLease(options, now);
      observed = now;
    } catch (error) {
      log.warn({ lease: options.ref, err: error }, 'the lease could not be read or taken');
    }
    await clock.sleep(renewEveryMs(durationMs), signal);
  }
}

async function tryAcquire(options: LeaseOptions, observed: Observed | undefined): Promise<Held | Observed> {
  const { cluster, clock, ref } = options;
  const since = clock.now();
  const lease = await cluster.get(LEASE, ref);
  try {
    if (lease === undefined) return { lease: await cluster.create(LEASE, newLease(options)), since };
    const { resourceVersion } = lease.metadata;
    const at = observed?.resourceVersion === resourceVersion ? (observed?.at ?? 0) : clock.now();
    if (!isFree(lease, options, at)) return { resourceVersion, at };
    return { lease: await cluster.update(LEASE, takenOver(lease, options)), since };
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists', 'Conflict', 'NotFound')) throw error;
    return { resourceVersion: undefined, at: clock.now() }; // Another was faster: look again.
  }
}

/** Nobody's, our own, or not renewed for its whole duration since we saw it. */
function isFree({ spec }: Lease, { identity, clock }: LeaseOptions, observedAt: number): boolean {
  if (!spec.holderIdentity || spec.holderIdentity === identity) return true;
  return clock.now() - observedAt >= (spec.leaseDurationSeconds ?? 0) * 1_000;
}

class HeldLease implements Leadership {
  readonly #options: LeaseOptions;
  readonly #durationMs: number;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #renewing: Promise<void>;
  #held: Held;

  constructor(options: LeaseOptions, held: Held) {
    this.#options = options;
    this.#durationMs = options.durationMs ?? DURATION_MS;
    this.#held = held;
    options.log.info({ lease: options.ref, identity: options.identity }, 'leading');
    options.telemetry.leading(true);
    this.#renewing = this.#keep();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  isHeld(): boolean {
    return !this.#lost.signal.aborted && !this.#stop.signal.aborted && this.#leftMs() > 0;
  }

  async release(): Promise<void> {
    const { cluster, clock, log, ref, telemetry } = this.#options;
    const wasHeld = this.isHeld();
    this.#stop.abort();
    await this.#renewing;
    telemetry.leading(false);
    if (!wasHeld) return;
    const { lease } = this.#held;
    const { holderIdentity: _, ...spec } = lease.spec;
    const freed = { ...lease, spec: { ...spec, renewTime: microTime(clock) } };
    const release = cluster.update(LEASE, freed).catch((error: unknown) => {
      log.info({ lease: ref, err: error }, 'the lease was not released; it will run out');
    });
    await this.#within(release, renewEveryMs(this.#durationMs));
  }

  #leftMs(): number {
    return this.#held.since + heldForMs(this.#durationMs) - this.#options.clock.now();
  }

  /** Renews until told to stop or the lease is lost. */
  async #keep(): Promise<void> {
    let pauseMs = renewEveryMs(this.#durationMs);
    while (await this.#pause(Math.min(pauseMs, this.#leftMs()))) {
      if (this.#leftMs() <= 0) {
        this.#lose('it could not be renewed in time');
        return;
      }
      const outcome = await this.#within(this.#renew(), Math.min(renewLimitMs(this.#durationMs), this.#leftMs()));
      if (outcome === 'taken') {
        this.#lose('another holds it');
        return;
      }
      pauseMs = outcome === 'renewed' ? renewEveryMs(this.#durationMs) : retryEveryMs(this.#durationMs);
    }
  }

  async #renew(): Promise<'renewed' | 'taken' | 'failed'> {
    const { clock, log, ref } = this.#options;
    const since = clock.now();
    try {
      this.#hold({ lease: await this.#write(), since });
      return 'renewed';
    } catch (error) {
      if (isKubeError(error, 'AlreadyExists')) return 'taken';
      log.warn({ lease: ref, err: error }, 'the lease could not be renewed');
      return isKubeError(error, 'Conflict') ? this.#lookAgain() : 'failed';
    }
  }

  /** An earlier renewal whose answer came too late must not set the time back. */
  #hold(held: Held): void {
    if (held.since >= this.#held.since) this.#held = held;
  }

  async #write(): Promise<Lease> {
    const { cluster, clock } = this.#options;
    const { lease } = this.#held;
    try {
      return await cluster.update(LEASE, { ...lease, spec: { ...lease.spec, renewTime: microTime(clock) } });
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
      return cluster.create(LEASE, newLease(this.#options)); // Somebody deleted it.
    }
  }

  /** After a conflict: the lease is another's, or it is ours and only the version we knew was old. */
  async #lookAgain(): Promise<'taken' | 'failed'> {
    const { cluster, identity, log, ref } = this.#options;
    try {
      const lease = await cluster.get(LEASE, ref);
      if (lease?.spec.holderIdentity !== identity) return 'taken';
      this.#held = { lease, since: this.#held.since };
    } catch (error) {
      log.warn({ lease: ref, err: error }, 'the lease could not be read');
    }
    return 'failed';
  }

  #lose(reason: string): void {
    this.#options.log.error({ lease: this.#options.ref }, `the lease is lost: ${reason}`);
    this.#options.telemetry.leading(false);
    this.#lost.abort(new Error(`the lease is lost: ${reason}`));
  }

  /** False when told to stop. */
  #pause(ms: number): Promise<boolean> {
    return this.#options.clock.sleep(ms, this.#stop.signal).then(
      () => true,
      () => false,
    );
  }

  /** The value, or undefined when it takes longer than `ms`. */
  async #within<T>(value: Promise<T>, ms: number): Promise<T | undefined> {
    const timer = new AbortController();
    const late = this.#options.clock.sleep(ms, timer.signal).catch(() => undefined); // Stopped below, unread.
    const first = await Promise.race([value, late]);
    timer.abort();
    return first ?? undefined;
  }
}

function newLease(options: LeaseOptions): Lease {
  const { ref } = options;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: ref.name, namespace: ref.namespace },
    spec: { ...heldSpec(options), leaseTransitions: 0 },
  };
}

function takenOver(lease: Lease, options: LeaseOptions): Lease {
  const leaseTransitions = (lease.spec.leaseTransitions ?? 0) + 1;
  return { ...lease, spec: { ...lease.spec, ...heldSpec(options), leaseTransitions } };
}

function heldSpec({ identity, clock, durationMs = DURATION_MS }: LeaseOptions): Lease['spec'] {
  const now = microTime(clock);
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1_000),
    acquireTime: now,
    renewTime: now,
  };
}

/** RFC 3339 with microseconds. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z');
}
