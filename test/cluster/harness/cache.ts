/** A per-user cache of things that take long to make, and a lock so that two who need one make it once. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;

export function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const directory = join(base, 'abohb');
  mkdirSync(directory, { recursive: true });
  return directory;
}

/**
 * Runs `make` while holding `path`.lock. Others wait, with one word to `progress`; a lock whose holder is gone is taken
 * over.
 */
export async function exclusively<T>(
  path: string,
  progress: (line: string) => void,
  make: () => Promise<T>,
): Promise<T> {
  const lock = `${path}.lock`;
  for (let waited = false; !acquire(lock); waited = true) {
    if (!waited) progress(`waiting for another process that is making ${path}`);
    await sleep(POLL_MS);
  }
  try {
    return await make();
  } finally {
    rmSync(lock, { force: true });
  }
}

function acquire(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  if (isHeld(lock)) return false;
  rmSync(lock, { force: true });
  return false;
}

/** A lock is held while its process lives; an unreadable one, for the moment between creating and writing it. */
function isHeld(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs < 10 * POLL_MS;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (hasCode(error, 'EPERM')) return true; // somebody else's process
    if (hasCode(error, 'ESRCH') || hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
