/**
 * The sidecar's process: one argument says what to read. SIGTERM means that the training code has ended: what is left is
 * read and printed, and the process ends.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from './collect.ts';
import { readConfigArgument } from './config.ts';
import { openSource } from './open.ts';

function noticeOnce(): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (told.has(message) || told.size >= MAX_NOTICES) return;
    told.add(message);
    process.stderr.write(`abohb sidecar: ${message}\n`);
  };
}

const MAX_NOTICES = 20;

async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
  const config = readConfigArgument(process.argv[2]);
  const notice = noticeOnce();
  await collect({
    names: config.names,
    source: openSource(config, notice),
    print,
    notice,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    signal: stop.signal,
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`abohb sidecar: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
