/**
 * The loop around every controller: take a key, reconcile it, requeue or back off. A key that fails or hangs delays only
 * itself; errors become waits here and nowhere else.
 */
import type { Logger } from 'pino';
import { isKubeError } from '../kube/cluster.ts';
import type { Clock } from './clock.ts';
import type { WorkQueue } from './queue.ts';
import type { RuntimeTelemetry } from './telemetry.ts';

/** When to look at the key again: after a while, or only when something about it changes. */
export type Requeue = { readonly afterMs: number } | 'until-changed';

/**
 * Brings one object to where it should be, from what is now in the caches. Throws when it could not; the signal aborts
 * at the deadline and when the process stops.
 */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Requeue>;

export interface ControllerOptions {
  /** For logs and metrics. */
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  /** Keys reconciled at once. */
  readonly workers: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: RuntimeTelemetry;
  readonly signal: AbortSignal;
  /** A reconcile that takes longer is aborted and counted as failed. Default 60 s. */
  readonly deadlineMs?: number;
  /** How long an aborted reconcile may still hold its key before it is given up on. Default 60 s. */
  readonly graceMs?: number;
}

const DEADLINE_MS = 60_000;
const GRACE_MS = 60_000;

type Outcome =
  | { readonly requeue: Requeue }
  | { readonly error: unknown }
  /** It did not end within its deadline. */
  | 'late';

/** Runs until the signal aborts and every reconcile under way has ended or been given up on. */
export async function runController(options: ControllerOptions): Promise<void> {
  options.telemetry.queueDepth(options.name, () => options.queue.depth);
  await Promise.all(Array.from({ length: options.workers }, () => work(options)));
}

async function work(options: ControllerOptions): Promise<void> {
  for (;;) {
    const key = await options.queue.next(options.signal);
    if (key === undefined) return;
    await attempt(options, key);
  }
}

/** One reconcile of one key. Returns when the worker is free again: at the deadline at the latest. */
async function attempt(options: ControllerOptions, key: string): Promise<void> {
  const startedAt = options.clock.now();
  const abort = new AbortController();
  const stop = (): void => abort.abort(options.signal.reason);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();

  const end = (outcome: Outcome): void => {
    options.signal.removeEventListener('abort', stop);
    options.telemetry.reconciled(options.name, (options.clock.now() - startedAt) / 1_000);
    finish(options, key, outcome);
  };

  const running = outcomeOf(options.reconcile, key, abort.signal);
  const outcome = await within(running, options.deadlineMs ?? DEADLINE_MS, options.clock);
  if (outcome !== 'late') {
    end(outcome);
    return;
  }
  options.log.error({ controller: options.name, key }, 'a reconcile ran past its deadline and was aborted');
  options.telemetry.reconcileFailed(options.name, 'Deadline');
  abort.abort(new Error('the reconcile ran past its deadline'));
  // The key stays held, so that it is not worked on twice at once; the worker goes on to other keys.
  within(running, options.graceMs ?? GRACE_MS, options.clock).then(end, (error: unknown) => end({ error }));
}

function outcomeOf(reconcile: Reconcile, key: string, signal: AbortSignal): Promise<Outcome> {
  return Promise.resolve()
    .then(() => reconcile(key, signal))
    .then(
      (requeue) => ({ requeue }),
      (error: unknown) => ({ error }),
    );
}

/** A reason given once costs no stack trace each time. */
const OVER = new Error('the race is over');

/** The outcome, or `late` when it does not come within `ms`. */
async function within(outcome: Promise<Outcome>, ms: number, clock: Clock): Promise<Outcome> {
  const timer = new AbortController();
  const late = clock.sleep(ms, timer.signal).then(
    (): Outcome => 'late',
    (): Outcome => 'late', // Aborted below: the race is over and nobody reads this.
  );
  const first = await Promise.race([outcome, late]);
  timer.abort(OVER);
  return first;
}

function finish(options: ControllerOptions, key: string, outcome: Outcome): void {
  const { queue } = options;
  if (outcome === 'late') {
    options.log.error({ controller: options.name, key }, 'an aborted reconcile never ended; trying the key again');
    queue.retry(key);
  } else if ('error' in outcome) {
    fail(options, key, outcome.error);
  } else {
    queue.forget(key);
    if (outcome.requeue !== 'until-changed') queue.add(key, outcome.requeue.afterMs);
  }
  queue.done(key);
}

function fail(options: ControllerOptions, key: string, error: unknown): void {
  if (options.signal.aborted) return;
  const { log, name, queue, telemetry } = options;
  const code = codeOf(error);
  telemetry.reconcileFailed(name, code);
  if (isKubeError(error, 'Conflict', 'NotFound', 'AlreadyExists')) {
    const delayMs = queue.again(key);
    log.debug({ controller: name, key, code, delayMs, reason: error.message }, 'a reconcile lost a race; trying again');
    return;
  }
  const atLeastMs = isKubeError(error) ? error.retryAfterMs : undefined;
  const delayMs = queue.retry(key, { atLeastMs });
  log.warn({ controller: name, key, code, delayMs, err: error }, 'a reconcile failed; trying again');
}

/** The error's stable code, when it carries one. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'Internal';
}
