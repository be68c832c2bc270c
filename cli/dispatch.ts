/** From the words of a command line to the command they name. */
import { didYouMean } from '../operator/api/issues.ts';
import { type Command, EXIT, type Io, say } from './command.ts';
import { COMMON_FLAGS, parseFlags, UsageError } from './flags.ts';
import { help, overview } from './help.ts';

export interface Program {
  readonly commands: readonly Command[];
  readonly version: string;
}

/** Resolves with the exit code. Errors end here: as one sentence, or with --debug as what they are. */
export async function dispatch(args: readonly string[], program: Program, io: Io): Promise<number> {
  try {
    return await obey(args, program, io);
  } catch (error) {
    say(io.stderr, `abohb: ${error instanceof Error ? error.message : String(error)}`);
    if (args.includes('--debug') && error instanceof Error) say(io.stderr, error.stack ?? '');
    return error instanceof UsageError ? EXIT.refused : EXIT.failed;
  }
}

async function obey([name, ...rest]: readonly string[], { commands, version }: Program, io: Io): Promise<number> {
  if (name === undefined) {
    say(io.stderr, ...overview(commands));
    return EXIT.refused;
  }
  if (HELP.has(name)) return tell(io, helpFor(rest[0], commands));
  if (name === '--version' || name === 'version') return tell(io, [version]);
  const command = named(name, commands);
  const given = parseFlags(rest, { ...command.flags, ...COMMON_FLAGS });
  return given.switches.has('help') ? tell(io, help(command)) : command.run(given, io);
}

const HELP: ReadonlySet<string> = new Set(['help', '--help', '-h']);

function helpFor(name: string | undefined, commands: readonly Command[]): readonly string[] {
  return name === undefined ? overview(commands) : help(named(name, commands));
}

function named(name: string, commands: readonly Command[]): Command {
  const command = commands.find((each) => each.name === name);
  if (command) return command;
  const what = name.startsWith('-') ? 'a known flag' : 'a command';
  throw new UsageError(`${name} is not ${what}${didYouMean(name, [...commands.map((each) => each.name), 'help'])}`);
}

function tell({ stdout }: Io, lines: readonly string[]): number {
  say(stdout, ...lines);
  return EXIT.ok;
}
