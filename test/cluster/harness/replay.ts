/** `abohb replay` of what is on a cluster. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Team } from './team.ts';

/** What it says of all Studies of the team. Throws when a decision differs. */
export async function replayed(team: Team): Promise<string> {
  const recorded = await team.kubectl(['get', 'studies,trials', '--output=json']);
  const run = promisify(execFile)(process.execPath, ['cli/main.ts', 'replay', '-']);
  run.child.stdin?.end(recorded);
  return (await run).stdout;
}
