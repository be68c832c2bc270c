/** One local process with all its descendants: a process group that is started, ended and waited for as a whole. */
import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Clock } from '../runtime/clock.ts';
import type { Refusal } from './expand.ts';
import type { Launch } from './launch.ts';
import type { LogFile } from './log-file.ts';
import { identify, isSystemError, type ProcessIdentity, signalGroup } from './process.ts';

export interface Exit {
  /** As a shell tells it: 128 + n for a process that signal n ended. */
  readonly exitCode: number;
}

/** How long output may keep coming, from processes that left the group, after the process itself has ended. */
const LAST_OUTPUT_MS = 1000;

export class Child {
  readonly pid: number;
  /** Undefined when it ended before it could be identified. */
  readonly identity: ProcessIdentity | undefined;
  readonly #process: ChildProcess;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  /** Once the process is gone, its group killed, and its output read to the end. */
  readonly exited: Promise<Exit>;

  constructor(process: ChildProcess, pid: number, { clock, cleanup }: { clock: Clock; cleanup: Launch['cleanup'] }) {
    this.#process = process;
    this.pid = pid;
    this.identity = identify(pid);
    this.#clock = clock;
    this.exited = this.#wait(cleanup);
  }

  /** SIGTERM now, SIGKILL after so many milliseconds; may be called again with fewer. */
  async terminate(graceMs: number): Promise<void> {
    if (this.#ended.signal.aborted) return;
    signalGroup(this.pid, 'SIGTERM');
    await this.#clock.sleep(graceMs, this.#ended.signal).catch(() => undefined); // Ended by itself: nothing to kill.
    if (!this.#ended.signal.aborted) signalGroup(this.pid, 'SIGKILL');
  }

  async #wait(cleanup: Launch['cleanup']): Promise<Exit> {
    const closed = new Promise<void>((resolve) => this.#process.once('close', () => resolve()));
    const { exitCode, signal } = await new Promise<{ exitCode: number; signal: NodeJS.Signals | null }>((resolve) => {
      this.#process.once('exit', (code, by) => resolve({ exitCode: code ?? 128 + signalNumber(by), signal: by }));
    });
    this.#ended.abort();
    signalGroup(this.pid, 'SIGKILL');
    if (signal !== null && cleanup) await runToEnd(cleanup);
    const overdue = new AbortController();
    await Promise.race([closed, this.#clock.sleep(LAST_OUTPUT_MS, overdue.signal).catch(() => undefined)]);
    overdue.abort();
    this.#process.stdout?.destroy();
    this.#process.stderr?.destroy();
    return { exitCode };
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}

/** Starts the command with its output going to the log. */
export async function startChild(launch: Launch, log: LogFile, clock: Clock): Promise<Child | Refusal> {
  const { file, args, env, cwd, cleanup } = launch;
  if (!(await isDirectory(cwd))) return { refused: `the working directory ${cwd} does not exist` };
  const child = spawnGroup({ file, args, env, cwd });
  if ('refused' in child) return child;
  child.stdout?.on('data', log.stream());
  child.stderr?.on('data', log.stream());
  const { pid } = child;
  if (pid !== undefined) return new Child(child, pid, { clock, cleanup });
  return new Promise((resolve) => child.once('error', (error) => resolve({ refused: whyNot(file, error) })));
}

function spawnGroup({ file, args, env, cwd }: Launch): ChildProcess | Refusal {
  try {
    return spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    // Thrown, not emitted: a NUL byte in an argument, a list of arguments that is too long.
    return { refused: whyNot(file, error) };
  }
}

function whyNot(file: string, error: unknown): string {
  if (isSystemError(error, 'ENOENT')) return `the command ${file} was not found: install it, or check PATH`;
  if (isSystemError(error, 'EACCES')) return `the command ${file} may not be executed: check its permissions`;
  return `the command ${file} cannot be started: ${error instanceof Error ? error.message : String(error)}`;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** Runs a command whose outcome does not matter: what it removes may be gone already. */
export function runToEnd({ file, args, env, cwd }: Launch): Promise<void> {
  const child = spawn(file, args, { env, cwd, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
