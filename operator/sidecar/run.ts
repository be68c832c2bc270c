/** The sidecar's work in its process: one argument says what to read, and each report is a line on standard output. */
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

/** Until the signal; the exit code tells whether it could begin. */
export async function run(argument: string | undefined, signal: AbortSignal): Promise<void> {
  try {
    const config = readConfigArgument(argument);
    const notice = noticeOnce();
    await collect({
      names: config.names,
      source: openSource(config, notice),
      print,
      notice,
      sleep: (ms, cut) => sleep(ms, undefined, { signal: cut }),
      signal,
    });
  } catch (error) {
    process.stderr.write(`abohb sidecar: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
