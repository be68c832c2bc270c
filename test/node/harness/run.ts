/** Runs programs of the system, those of its administrator included. */
import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const MOST_BYTES = 64 * 2 ** 20;

/** Programs of the administrator are not on everyone's PATH. */
const SYSTEM_PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin', '/usr/local/sbin'].join(delimiter);
const env = { ...process.env, PATH: SYSTEM_PATH, DEBIAN_FRONTEND: 'noninteractive' };

export function pathOf(program: string): string | undefined {
  return SYSTEM_PATH.split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}

/** What it printed. Throws with what it said on standard error when it fails. */
export function runNow(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** As `runNow`, while this process does other things. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { encoding: 'utf8', env, maxBuffer: MOST_BYTES });
  return stdout;
}
