/** What a command of `abohb` is, and what it may touch of the world. */
import type { Arguments, Flags } from './flags.ts';

/** Where a command's words come from and go to. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
}

export interface Command {
  readonly name: string;
  /** A line in the list of commands. */
  readonly summary: string;
  /** What follows the command's name, such as `FILE [flags]`. */
  readonly usage: string;
  /** What the user should know besides the flags, in lines. */
  readonly about: readonly string[];
  readonly flags: Flags;
  /** Resolves with the exit code. Throws UsageError. */
  run(given: Arguments, io: Io): Promise<number>;
}

export const EXIT = {
  ok: 0,
  /** The study failed, or the replay disagrees. */
  failed: 1,
  /** The command line or the study is wrong: nothing was started. */
  refused: 2,
  /** As shells tell it of a program that SIGINT ended. */
  interrupted: 130,
} as const;

/** Why something cannot be done: one sentence for each reason. */
export interface Refused {
  readonly refused: readonly string[];
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

export function say(stream: NodeJS.WritableStream, ...lines: readonly string[]): void {
  for (const line of lines) stream.write(`${line}\n`);
}
