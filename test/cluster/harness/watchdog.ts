/**
 * Makes processes end with the test process however that ends: a small shell outlives it, sees the pipe between them
 * close, kills what is on its list, undoes what they did elsewhere and removes the directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = `
dir=$1; pids=" "
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    drop) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
[ "$pids" = " " ] || kill -KILL $pids 2>/dev/null
[ -z "$2" ] || sh "$2" "$dir" >"$dir/teardown.log" 2>&1
rm -rf "$dir"
`;

export interface Watchdog {
  add(pid: number): void;
  /** The process has ended: its id may belong to another one soon. */
  drop(pid: number): void;
  /** Kills what is left, removes the directory. */
  finish(): Promise<void>;
}

/**
 * Watches over processes that work in `directory`. `teardown` is a shell script that undoes what they did elsewhere; it
 * is run with the directory as its argument when they have ended.
 */
export function startWatchdog(directory: string, teardown = ''): Watchdog {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', directory, teardown], {
    detached: true, // a Ctrl-C in the terminal must not reach it
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // It reads to the end of its input, so an error here means that it was killed and there is nobody left to tell.
  shell.stdin.on('error', () => undefined);
  shell.unref();
  leaveWithParent();
  return {
    add: (pid) => void shell.stdin.write(`add ${pid}\n`),
    drop: (pid) => void shell.stdin.write(`drop ${pid}\n`),
    finish: () => ended(shell, () => shell.stdin.end()),
  };
}

/** Resolves when the process has ended, after `act` has made it do so. */
export async function ended(child: ChildProcess, act: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref(); // or nothing might keep this process here until then
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  act();
  await exit;
}

let leaving = false;

/** A test runner's worker is told of its parent's death only by a closed channel, and would otherwise run on. */
function leaveWithParent(): void {
  if (leaving || process.channel === undefined) return;
  leaving = true;
  process.once('disconnect', () => process.exit(1));
}
