/**
 * What `make demo-cluster` and `make demo-cluster-down` know of each other: files in the user's cache, since a machine has
 * one such cluster, whichever checkout brought it up.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from '../../cluster/harness/cache.ts';

const DIRECTORY = join(cacheDirectory(), 'demo-cluster');
const STATE = join(DIRECTORY, 'state.json');
/** What the process that holds the cluster says while it starts. */
export const LOG = join(DIRECTORY, 'log');

const state = z.object({
  /** Of the process that holds the cluster. */
  pid: z.int(),
  kubeconfig: z.string(),
  /** Where the cluster's programs work. */
  directory: z.string(),
});

export type State = z.infer<typeof state>;

/** The cluster that is up; undefined when there is none. */
export function readState(): State | undefined {
  if (!existsSync(STATE)) return undefined;
  const read = state.parse(JSON.parse(readFileSync(STATE, 'utf8')));
  return isAlive(read.pid) ? read : undefined;
}

export function writeState(written: State): void {
  makeDirectory();
  writeFileSync(`${STATE}.new`, `${JSON.stringify(written, null, 2)}\n`);
  renameSync(`${STATE}.new`, STATE);
}

export function makeDirectory(): void {
  mkdirSync(DIRECTORY, { recursive: true });
}

export function removeState(): void {
  rmSync(DIRECTORY, { recursive: true, force: true });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ended
  }
}
