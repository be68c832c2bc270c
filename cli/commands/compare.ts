/** `abohb compare`: which method finds what by when, over seeds and tables. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, EXIT, type Io, isRefused, type Refused, say } from '../command.ts';
import { type Group, groupsOf, mean, ranksAt, standings } from '../compare/comparison.ts';
import { medianLines, standingLines, title } from '../compare/lines.ts';
import { type Chart, chartSvg } from '../compare/picture.ts';
import { readText } from '../documents.ts';
import { UsageError } from '../flags.ts';
import { type Run, runsIn } from '../simulate/runs.ts';

export const compareCommand: Command = {
  name: 'compare',
  summary: 'compare the runs of abohb simulate',
  usage: 'FILE… --against METHOD [flags]',
  about: [
    'Of each table: the median over seeds of the best value seen, over time. Of each method: how long its median takes',
    'to be as good as that of METHOD at the end, and its mean rank by medians at 25, 50 and 100 % of the horizon. The',
    'horizon of a table is the shortest of its runs.',
  ],
  flags: {
    against: { value: 'METHOD', about: 'the method that others are measured by' },
    tables: { value: 'NAME[,…]', about: 'only these tables' },
    methods: { value: 'NAME[,…]', about: 'only these methods' },
    out: { value: 'DIR', about: 'also draw pictures there, one per table and one of the mean ranks' },
  },
  run: async ({ words, values }, io) => {
    const { against, out } = values;
    if (words.length === 0) throw new UsageError('there is no FILE of runs: abohb compare runs.jsonl --against METHOD');
    if (against === undefined) throw new UsageError('--against is missing: name the method to measure by');
    const runs = await readRuns(words, io);
    if (isRefused(runs)) {
      say(io.stderr, ...runs.refused);
      return EXIT.refused;
    }
    const chosen = runs.filter(chosenBy(values, against));
    if (!chosen.some(({ method }) => method === against)) throw new UsageError(`no run is of the method ${against}`);
    const groups = groupsOf(chosen);
    for (const group of groups) say(io.stdout, ...medianLines(group), '');
    say(io.stdout, ...standingLines(groups, standings(groups, against), against));
    if (out !== undefined) say(io.stdout, '', ...(await drawn(groups, out, io)));
    return EXIT.ok;
  },
};

async function readRuns(paths: readonly string[], io: Io): Promise<readonly Run[] | Refused> {
  const runs: Run[] = [];
  for (const path of paths) {
    const content = await readText(path, io);
    if (typeof content !== 'string') return content;
    runs.push(...runsIn(content, path));
  }
  return runs;
}

function chosenBy({ tables, methods }: Readonly<Record<string, string>>, against: string): (run: Run) => boolean {
  const [wantedTables, wantedMethods] = [tables?.split(','), methods?.split(',')];
  return ({ table, method }) =>
    (wantedTables?.includes(table) ?? true) && (method === against || (wantedMethods?.includes(method) ?? true));
}

/** Returns the paths of the pictures. */
async function drawn(groups: readonly Group[], out: string, { cwd }: Io): Promise<readonly string[]> {
  await mkdir(resolve(cwd, out), { recursive: true });
  const charts = [...groups.map((group) => [`${group.table}-${group.workers}`, tableChart(group)] as const)];
  const files = [...charts, ['ranks', rankChart(groups)] as const];
  for (const [name, chart] of files) await writeFile(resolve(cwd, out, `${name}.svg`), chartSvg(chart));
  return files.map(([name]) => join(out, `${name}.svg`));
}

function tableChart(group: Group): Chart {
  const { times, series } = group;
  const lines = series.map(({ method, seeds, median, low, high }) => ({
    name: `${method} (${seeds} seeds)`,
    values: median,
    band: { low, high },
  }));
  const [across, up] = ['mean full trainings per worker', 'best value: median and quartiles'];
  return { title: title(group), across, up, times, lines };
}

/** How many points the picture of ranks has. */
const POINTS = 16;

function rankChart(groups: readonly Group[]): Chart {
  const methods = [...new Set(groups.flatMap(({ series }) => series.map(({ method }) => method)))];
  const shares = Array.from({ length: POINTS }, (_, i) => (i + 1) / POINTS);
  const ranks = shares.map((share) => groups.map((group) => ranksAt(group, share)));
  const lines = methods.map((method) => ({
    name: method,
    values: ranks.map((byTable) => mean(byTable.flatMap((own) => own.get(method) ?? []))),
  }));
  return { title: 'Mean rank over all tables', across: 'share of the horizon', up: 'mean rank', times: shares, lines };
}
