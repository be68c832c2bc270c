/** One process per directory: a file that names the process, taken over when that process is no more. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, isSystemError, type ProcessIdentity } from './process.ts';

/** Another process works in the directory. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly code = 'DIRECTORY_IN_USE';
  readonly pid: number;

  constructor(dir: string, pid: number) {
    super(`${dir} is in use by process ${pid}: wait until it ends, end it, or use another directory`);
    this.pid = pid;
  }
}

export interface Lock {
  release(): void;
}

/** Creates the directory where it is missing. Throws DirectoryInUse. */
export function lock(dir: string): Lock {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'lock');
  const own = JSON.stringify(identify(process.pid));
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own);
  try {
    while (!linked(draft, path)) removeStale(dir, path);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release: () => {
      if (textOf(path) === own) rmSync(path, { force: true });
    },
  };
}

/** A link appears with its content at once and only where nothing is, so nobody reads a half-written lock. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
}

function removeStale(dir: string, path: string): void {
  const text = textOf(path);
  if (text === undefined) return;
  const holder = holderOf(text);
  if (holder && isAlive(holder)) throw new DirectoryInUse(dir, holder.pid);
  // Two processes may take over at once: moved away under its own name, the lock goes to one of them only, and one that
  // a third has set meanwhile is put back.
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw error;
  }
  if (textOf(aside) !== text) linked(aside, path);
  rmSync(aside, { force: true });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Undefined when it is no lock of ours: then nobody holds it. */
function holderOf(text: string): ProcessIdentity | undefined {
  const [, pid, start] = /^\{"pid":(\d+),"start":"([^"]*)"\}$/.exec(text) ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start };
}
