/** The operator's process: configuration, logger, signals and the wiring; nothing else. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pino, { type Logger } from 'pino';
import { z } from 'zod';
import { jobCleaner } from './cleaner.ts';
import { type Config, readConfig } from './config.ts';
import { Pool } from './engine/pool.ts';
import { type ConnectOptions, connect, contextNamespace } from './kube/api-server.ts';
import type { Cluster } from './kube/cluster.ts';
import { createOperator, type Operator } from './operator.ts';
import { systemClock } from './runtime/clock.ts';
import { lead } from './runtime/lease.ts';
import { serve } from './server.ts';
import { type PrometheusTelemetry, prometheusTelemetry } from './telemetry.ts';

/** A loop that did nothing for so long is wedged: watches are renewed every five minutes. */
const WEDGED_MS = 10 * 60_000;

interface Process {
  readonly config: Config;
  readonly log: Logger;
  readonly telemetry: PrometheusTelemetry;
  readonly cluster: Cluster;
  readonly operators: readonly Operator[];
  readonly pool: Pool;
  /** Aborts when the process is told to end. */
  readonly signal: AbortSignal;
}

function version(): string {
  const root = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const text = readFileSync(new URL(root, import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function connection({ kubeconfig, serviceAccount }: Config): ConnectOptions {
  return { version: version(), kubeconfig, serviceAccount };
}

function assemble(config: Config, signal: AbortSignal): Process {
  const log = pino({ level: config.logLevel, base: { identity: config.identity } });
  const telemetry = prometheusTelemetry({ isWholeProcess: true });
  const cluster = connect({
    ...connection(config),
    onRequest: telemetry.requested,
  });
  const pool = new Pool({ threads: config.threads, deadlineMs: config.suggestionDeadlineMs });
  const namespaces = config.namespaces.length === 0 ? [undefined] : config.namespaces;
  const operators = namespaces.map((namespace) =>
    createOperator({
      cluster,
      namespace,
      clock: systemClock,
      random: Math.random,
      log,
      telemetry,
      suggest: pool.suggest,
      image: config.image,
      cleaner: config.image === undefined ? undefined : jobCleaner(cluster, config.image),
    }),
  );
  return { config, log, telemetry, cluster, operators, pool, signal };
}

function wedged(operators: readonly Operator[]): readonly string[] {
  const limit = Date.now() - WEDGED_MS;
  return operators
    .flatMap((operator) => operator.health())
    .filter(({ lastActiveAt, phase }) => phase !== 'empty' && lastActiveAt < limit)
    .map(({ phase }) => `a watch has done nothing for ${WEDGED_MS / 60_000} minutes (${phase})`);
}

/** Runs the operators while the lease is ours, where one is used. True when the lease was lost. */
async function work(running: Process, isLeading: (leading: boolean) => void): Promise<boolean> {
  const { config, log, cluster, operators, telemetry, signal } = running;
  if (!config.lease.isUsed) {
    isLeading(true);
    await Promise.all(operators.map((operator) => operator.run(signal)));
    return false;
  }
  const namespace = config.lease.namespace ?? contextNamespace(connection(config));
  const ref = { namespace: namespace ?? 'default', name: config.lease.name };
  const leadership = await lead(
    { cluster, ref, identity: config.identity, clock: systemClock, log, telemetry },
    signal,
  );
  log.info({ lease: ref }, 'leading');
  isLeading(true);
  const either = AbortSignal.any([signal, leadership.lost]);
  await Promise.all(operators.map((operator) => operator.run(either)));
  if (leadership.lost.aborted) return true;
  await leadership.release();
  return false;
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [state, n] of counts.flatMap((each) => Object.entries(each))) total[state] = (total[state] ?? 0) + n;
  return total;
}

async function main(): Promise<void> {
  parseArgs({ options: {} });
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort(new Error(name)));
  const running = assemble(readConfig(process.env, `${process.pid}-${randomUUID().slice(0, 8)}`), stop.signal);
  const { config, log, telemetry, operators, pool } = running;
  let leading = false;
  const server = await serve({
    port: config.port,
    wedged: () => wedged(operators),
    // One that waits for the lease is ready to take over.
    unready: () =>
      leading && operators.some((operator) => !operator.hasSynced()) ? ['the caches are being filled'] : [],
    metrics: () => {
      telemetry.studies(sum(operators.map((operator) => operator.counts().studies)));
      telemetry.trials(sum(operators.map((operator) => operator.counts().trials)));
      telemetry.usages(operators.flatMap((operator) => operator.usages()));
      return telemetry.page();
    },
    log,
  });
  log.info({ port: server.port, namespaces: config.namespaces, version: version() }, 'the operator has started');
  try {
    const isLost = await work(running, (now) => {
      leading = now;
    });
    // Another one leads now: whatever this process still holds in memory is of no more use.
    if (isLost) process.exitCode = 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    log.info({ reason: stop.signal.aborted ? String(stop.signal.reason) : 'the lease was lost' }, 'the operator ends');
    await Promise.all([server.close(), pool.close()]);
  }
  process.exit();
}

main().catch((error: unknown) => {
  process.stderr.write(`abohb: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
