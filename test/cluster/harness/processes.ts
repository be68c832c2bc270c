/** The control plane's processes: started with their output in a file, ended in reverse order of their start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Program } from './binary.ts';
import { ended, startWatchdog } from './watchdog.ts';

const TAIL_LINES = 15;

export interface Processes {
  /** Starts `program` under a name that is free. */
  start(name: string, program: Program, flags: readonly string[]): void;
  isRunning(name: string): boolean;
  /** SIGKILL; resolves when it has ended. Nothing to do for one that is not running. */
  kill(name: string): Promise<void>;
  /** The last lines that each has written, for a test that has failed. */
  logTails(): string;
  /** Kills all, whose data nobody needs any more, and removes the directory. */
  finish(): Promise<void>;
}

/** Processes that work in `directory` and write to `directory`/logs/NAME.log; `teardown` as for the watchdog. */
export function processesIn(directory: string, teardown?: string): Processes {
  const running = new Map<string, ChildProcess>();
  const watchdog = startWatchdog(directory, teardown);
  const logs = join(directory, 'logs');

  const start = (name: string, [command, ...first]: Program, flags: readonly string[]): void => {
    if (running.has(name)) throw new Error(`${name} is running already`);
    const log = openSync(join(logs, `${name}.log`), 'a');
    const child = spawn(command, [...first, ...flags], { cwd: directory, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref();
    running.set(name, child);
    const { pid } = child;
    if (pid !== undefined) watchdog.add(pid);
    const gone = (): void => {
      if (running.get(name) === child) running.delete(name);
      if (pid !== undefined) watchdog.drop(pid);
    };
    child.once('exit', gone);
    child.once('error', gone); // it could not be started: whoever waits for it sees that it is not running
  };

  const kill = async (name: string): Promise<void> => {
    const child = running.get(name);
    if (child !== undefined) await ended(child, () => child.kill('SIGKILL'));
  };

  return {
    start,
    isRunning: (name) => running.has(name),
    kill,
    logTails: () => tailsIn(logs),
    finish: async () => {
      for (const name of [...running.keys()].reverse()) await kill(name);
      await watchdog.finish();
    },
  };
}

/** The last lines of each file of a directory. */
export function tailsIn(logs: string): string {
  if (!existsSync(logs)) return '';
  return readdirSync(logs)
    .map((file) => {
      const lines = readFileSync(join(logs, file), 'utf8').trimEnd().split('\n');
      return `--- ${file}, last ${TAIL_LINES} of ${lines.length} lines\n${lines.slice(-TAIL_LINES).join('\n')}\n`;
    })
    .join('');
}

/** Below the range from which outgoing connections take theirs, so that a port stays free while its server restarts. */
const LOWEST_PORT = 15_000;
const HIGHEST_PORT = 32_000;

/** A TCP port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
