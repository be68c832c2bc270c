/** The help of `abohb` and of each command, as lines. */
import type { Command } from './command.ts';
import { COMMON_FLAGS, type Flags } from './flags.ts';

export function overview(commands: readonly Command[]): readonly string[] {
  return [
    'Asynchronous model-based hyperparameter search: on Kubernetes, or on this machine.',
    '',
    'Usage: abohb COMMAND …',
    '',
    ...columns(commands.map(({ name, usage, summary }) => [`${name} ${usage}`, summary])),
    '',
    'abohb COMMAND --help says more.',
  ];
}

export function help({ name, usage, summary, about, flags }: Command): readonly string[] {
  return [`abohb ${name} ${usage}`, '', `${sentenceCase(summary)}.`, ...about, '', ...flagLines(flags)];
}

function flagLines(flags: Flags): readonly string[] {
  const all = Object.entries({ ...flags, ...COMMON_FLAGS });
  return columns(
    all.map(([name, { value, about }]) => [value === undefined ? `--${name}` : `--${name} ${value}`, about]),
  );
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
