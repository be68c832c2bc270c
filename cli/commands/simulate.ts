/** `abohb simulate`: searches on tables of learning curves, in virtual time. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, EXIT, type Io, isRefused, say } from '../command.ts';
import { UsageError } from '../flags.ts';
import { Counter } from '../simulate/counter.ts';
import { type Performed, performAll } from '../simulate/pool.ts';
import { type Settings, settingsOf } from '../simulate/settings.ts';

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'try algorithms on tables of learning curves, in virtual time',
  usage: '--tables DIR|FILE[,…] --algorithm NAME[,…] --out FILE [flags]',
  about: [
    'An algorithm is named as in a Study, its options behind colons. A search chooses among the rows of a table.',
    '',
    '  abohb simulate --tables benchmarks/tables --algorithm randomSearch,asynchronousHyperband:scheduling=Promotion \\',
    '    --out runs.jsonl && abohb compare runs.jsonl --against randomSearch --out comparison',
    '',
    'FILE gets a line of JSON for each run: the best value seen by each half of a mean full training per worker.',
    'The file of --trace gets one for each trial: its configuration, where it came from, what the model said of it',
    'when it proposed it, and what became of it.',
  ],
  flags: {
    tables: { value: 'DIR|FILE[,…]', about: 'tables of learning curves (*.json.gz)' },
    algorithm: { value: 'NAME[,NAME…]', about: 'such as asynchronousHyperband:scheduling=Promotion:brackets=3' },
    study: { value: 'FILE', about: 'also the algorithm of this Study, under its name' },
    workers: { value: 'N', about: 'trials that train at once (default 4)' },
    seeds: { value: 'FROM:TO', about: 'one run for each, without TO (default 0:20)' },
    horizon: { value: 'T', about: 'virtual time, in mean full trainings per worker (default 8)' },
    straggle: { value: 'P:FACTOR', about: 'this share of trials trains so many times slower' },
    fail: { value: 'P', about: 'the probability that an epoch is lost with its worker and repeated' },
    processes: { value: 'N', about: 'runs at once (default: one per core)' },
    out: { value: 'FILE', about: 'where the runs go' },
    trace: { value: 'FILE', about: 'where their trials go, with the reasons for them' },
    append: { about: 'keep what is in these files' },
  },
  run: async (given, io) => {
    const { out, trace } = given.values;
    if (out === undefined) throw new UsageError('--out is missing: name a file for the runs, such as runs.jsonl');
    const settings = await settingsOf(given, io);
    if (isRefused(settings)) {
      say(io.stderr, ...settings.refused);
      return EXIT.refused;
    }
    const files = { runs: resolve(io.cwd, out), trials: trace === undefined ? undefined : resolve(io.cwd, trace) };
    if (!given.switches.has('append')) empty(files);
    await performSettings(settings, files, io);
    say(io.stdout, `${settings.jobs.length} runs in ${out}`);
    return EXIT.ok;
  },
};

interface Files {
  readonly runs: string;
  /** Where they are wanted. */
  readonly trials: string | undefined;
}

function empty({ runs, trials }: Files): void {
  writeFileSync(runs, '');
  if (trials !== undefined) writeFileSync(trials, '');
}

async function performSettings({ jobs, threads }: Settings, files: Files, { stderr }: Io): Promise<void> {
  const counter = new Counter(stderr, jobs.length);
  try {
    await performAll(jobs, threads, ({ run, trials }: Performed) => {
      appendFileSync(files.runs, linesOf([run]));
      if (files.trials !== undefined) appendFileSync(files.trials, linesOf(trials));
      counter.count(`${run.table} ${run.method} seed ${run.seed}`);
    });
  } finally {
    counter.close();
  }
}

function linesOf(objects: readonly object[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}
