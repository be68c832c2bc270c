/** Processor time and memory of the processes of one measurement, as Linux counts them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface Usage {
  /** Seconds, of all threads. */
  readonly cpu: number;
  /** Resident bytes. */
  readonly memory: number;
}

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
/** Places in /proc/PID/stat after the command, which may hold spaces. */
const STAT = { utime: 11, stime: 12, rss: 21 };

/** Undefined for a process that is gone. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (place: number): number => fields[place] ?? 0;
    return { cpu: (at(STAT.utime) + at(STAT.stime)) / TICKS_PER_SECOND, memory: at(STAT.rss) * PAGE_BYTES };
  } catch {
    return undefined; // gone is an answer
  }
}

/** The processes that work in a folder, by the name of their program. */
export function processesIn(directory: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const name = programIn(directory, entry);
    if (name !== undefined) found.set(name, Number(entry));
  }
  return found;
}

function programIn(directory: string, pid: string): string | undefined {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) !== directory) return undefined;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words
      .slice(0, 2)
      .map((word) => basename(word))
      .find((word) => PROGRAMS.has(word));
  } catch {
    return undefined; // gone, or not ours to look at
  }
}

const PROGRAMS: ReadonlySet<string> = new Set(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);
