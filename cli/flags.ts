/** The command line: flags and the words between them. Whatever is not known is an error with a suggestion. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../operator/api/issues.ts';

export interface Flag {
  /** Name of the value in the help, such as DIR; absent for a flag that takes none. */
  readonly value?: string;
  readonly about: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface Arguments {
  /** Values of the flags that take one. */
  readonly values: Readonly<Record<string, string>>;
  /** Flags that take none and were given. */
  readonly switches: ReadonlySet<string>;
  /** The other words. */
  readonly words: readonly string[];
}

/** A command line that cannot be obeyed. The message is a sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

export const COMMON_FLAGS: Flags = {
  help: { about: 'say what the command does' },
  debug: { about: 'show where an error came from' },
};

/** Throws UsageError. */
export function parseFlags(args: readonly string[], flags: Flags): Arguments {
  const { tokens } = parseArgs({ args: [...args], options: options(flags), strict: false, tokens: true });
  const values: Record<string, string> = {};
  const switches = new Set<string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const flag = known(flags, name, rawName);
    if (flag.value === undefined) switches.add(withoutValue(name, value));
    else values[name] = given(value, rawName, flag.value);
  }
  return { values, switches, words };
}

function options(flags: Flags): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  const parsed = Object.entries(flags).map(
    ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
  );
  return { ...Object.fromEntries(parsed), help: { type: 'boolean', short: 'h' } };
}

function known(flags: Flags, name: string, rawName: string): Flag {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag) return flag;
  const names = Object.keys(flags).map((each) => `--${each}`);
  throw new UsageError(`${rawName} is not a known flag${didYouMean(rawName, names)}`);
}

function withoutValue(name: string, value: string | undefined): string {
  if (value !== undefined) throw new UsageError(`--${name} takes no value: remove "=${value}"`);
  return name;
}

function given(value: string | undefined, rawName: string, what: string): string {
  if (value === undefined || value === '') throw new UsageError(`${rawName} needs a value: ${rawName} ${what}`);
  return value;
}
