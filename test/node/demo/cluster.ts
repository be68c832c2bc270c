/** The cluster of `make demo-cluster`, as a process that outlives the command. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../cluster/harness/wait.ts';
import { isAlive, LOG, makeDirectory, readState, type State } from './state.ts';

/** A program may have to be built first. */
const UP_WITHIN_MS = 40 * 60_000;
const DOWN_WITHIN_MS = 60_000;

/** Starts it, unless it is up; what its keeper says meanwhile is said again. Throws where it does not start. */
export async function clusterUp(say: (line: string) => void): Promise<State> {
  const running = readState();
  if (running !== undefined) return running;
  makeDirectory();
  const log = openSync(LOG, 'w');
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts')], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  keeper.unref();
  const lines = newLines();
  const end = await until(
    'the cluster is up',
    () => {
      for (const line of lines()) say(line);
      return readState() ?? (hasEnded(keeper) ? 'ended' : undefined);
    },
    UP_WITHIN_MS,
  );
  if (end === 'ended') throw new Error('the cluster did not start');
  return end;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** The lines that have been written to the log since it was asked last. */
function newLines(): () => readonly string[] {
  let told = 0;
  return () => {
    if (!existsSync(LOG)) return [];
    const lines = readFileSync(LOG, 'utf8').split('\n').slice(0, -1);
    const fresh = lines.slice(told);
    told = lines.length;
    return fresh;
  };
}

/** False when there was none. */
export async function clusterDown(): Promise<boolean> {
  const running = readState();
  if (running === undefined) return false;
  process.kill(running.pid, 'SIGTERM');
  await until('the cluster is down', () => !isAlive(running.pid), DOWN_WITHIN_MS);
  return true;
}
