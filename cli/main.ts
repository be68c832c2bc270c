#!/usr/bin/env node
/** The program `abohb`: its commands and its process; nothing else. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Io } from './command.ts';
import { compareCommand } from './commands/compare.ts';
import { replayCommand } from './commands/replay.ts';
import { runCommand } from './commands/run.ts';
import { simulateCommand } from './commands/simulate.ts';
import { validateCommand } from './commands/validate.ts';
import { dispatch } from './dispatch.ts';

function version(): string {
  const root = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const text = readFileSync(new URL(root, import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function environment(): Io['env'] {
  const all = Object.entries(process.env);
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const { stdin, stdout, stderr } = process;
// Whoever has stopped reading what we say is not told that it cannot be said.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });
}

const program = {
  commands: [runCommand, validateCommand, replayCommand, simulateCommand, compareCommand],
  version: version(),
};
process.exitCode = await dispatch(process.argv.slice(2), program, {
  stdin,
  stdout,
  stderr,
  env: environment(),
  cwd: process.cwd(),
});
