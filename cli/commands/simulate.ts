/** `abohb simulate`: searches on tables of learning curves, in virtual time. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, EXIT, type Io, isRefused, say } from '../command.ts';
import { UsageError } from '../flags.ts';
import { Counter } from '../simulate/counter.ts';
import { performAll } from '../simulate/pool.ts';
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
    append: { about: 'keep what is in FILE' },
  },
  run: async (given, io) => {
    const { out } = given.values;
    if (out === undefined) throw new UsageError('--out is missing: name a file for the runs, such as runs.jsonl');
    const settings = await settingsOf(given, io);
    if (isRefused(settings)) {
      say(io.stderr, ...settings.refused);
      return EXIT.refused;
    }
    const file = resolve(io.cwd, out);
    if (!given.switches.has('append')) writeFileSync(file, '');
    await performSettings(settings, file, io);
    say(io.stdout, `${settings.jobs.length} runs in ${out}`);
    return EXIT.ok;
  },
};

async function performSettings({ jobs, threads }: Settings, file: string, { stderr }: Io): Promise<void> {
  const counter = new Counter(stderr, jobs.length);
  try {
    await performAll(jobs, threads, (run) => {
      appendFileSync(file, `${JSON.stringify(run)}\n`);
      counter.count(`${run.table} ${run.method} seed ${run.seed}`);
    });
  } finally {
    counter.close();
  }
}
