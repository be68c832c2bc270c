/** Telling one process from a later one with the same id, and ending all of a process group. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process for good: ids are used again, but not with the same start. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in whatever form the system tells it. */
  readonly start: string;
}

/** Undefined when no such process runs (or only its exit status is left). */
export function identify(pid: number): ProcessIdentity | undefined {
  const start = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return start === undefined ? undefined : { pid, start };
}

export function isAlive({ pid, start }: ProcessIdentity): boolean {
  return identify(pid)?.start === start;
}

/** Whether the process group that this process leads, or led until it ended, can be told to be still the same. */
export function isGroupOf(identity: ProcessIdentity): boolean {
  const start = identify(identity.pid)?.start;
  if (start !== undefined) return start === identity.start;
  // Nobody has the id. As long as its group has members nobody else gets it, so within one boot it is the same group.
  return process.platform === 'linux' && identity.start.startsWith(`${bootId()}/`);
}

/** False when nobody was left in the group. */
export function signalGroup(pgid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(-pgid, signal);
    return true;
  } catch (error) {
    // EPERM: what is left of the group are zombies (macOS), or not ours any more.
    if (isSystemError(error, 'ESRCH', 'EPERM')) return false;
    throw error;
  }
}

export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Field 22 of /proc/PID/stat: ticks from boot to start, so the boot belongs to it. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId()}/${fields[19]}`;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

function startFromPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text.trim() || undefined;
  } catch (error) {
    // ps exits with 1 when it has nothing to list.
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined;
    throw error;
  }
}
