/**
 * How long one suggestion takes, beside those of other libraries: `node benchmarks/suggest.ts [OPTION…]`. README.md
 * says what is measured, and what the options are for.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { FIGURES } from './suggest/figures.ts';
import { mobster, optuna, ownSide, type Setting, type Side } from './suggest/sides.ts';
import { SPACES, type SpaceName } from './suggest/spaces.ts';
import { type Clock, growthOf, type Row, tableOf } from './suggest/table.ts';

const { values: flags } = parseArgs({
  options: {
    algorithm: { type: 'string', default: 'abohb' },
    figures: { type: 'string', default: FIGURES.join() },
    spaces: { type: 'string', default: Object.keys(SPACES).join() },
    sizes: { type: 'string', default: '50,100,300,1000,3000' },
    pending: { type: 'string', default: '4,64' },
    passing: { type: 'string', default: '0.33' },
    repetitions: { type: 'string', default: '5' },
    clock: { type: 'string', default: 'wall' },
    profile: { type: 'boolean', default: false },
    mobster: { type: 'string' },
    optuna: { type: 'string' },
    threads: { type: 'string', default: '1' },
    'peers-up-to': { type: 'string', default: '1000' },
    out: { type: 'string' },
  },
});

function numbersIn(list: string): readonly number[] {
  const numbers = list.split(',').map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return numbers;
  throw new RangeError(`${list} is no list of whole numbers`);
}

/** One of these, or a RangeError. */
function oneOf<N extends string>(names: readonly N[], text: string): N {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new RangeError(`${text} is none of ${names.join(', ')}`);
  return found;
}

const clock: Clock = oneOf(['wall', 'cpu'], flags.clock);
const spaces = flags.spaces.split(',').map((name) => oneOf(Object.keys(SPACES) as SpaceName[], name));
const figures = flags.figures.split(',').map((name) => oneOf([...FIGURES, 'run' as const], name));
const [pendings, sizes] = [numbersIn(flags.pending), numbersIn(flags.sizes)];

const peers = [
  ...(flags.mobster === undefined ? [] : [mobster({ program: flags.mobster, threads: flags.threads })]),
  ...(flags.optuna === undefined ? [] : [optuna({ program: flags.optuna, threads: flags.threads })]),
];

/** Others where they can be waited for, with the first number of pending trials only. */
function sidesOf(setting: Setting): readonly Side[] {
  const { algorithm, profile: isProfiled } = flags;
  const own = figures.map((figure) => ownSide({ algorithm, figure, isProfiled }, setting));
  const isCompared = setting.observations <= Number(flags['peers-up-to']) && setting.pending === pendings[0];
  return [...own, ...(isCompared ? peers : [])].filter((side) => side !== undefined);
}

/** Everybody in turn, so that what else the machine does meets all alike. */
function rowsOf(setting: Setting): readonly Row[] {
  const rows = sidesOf(setting).map((side) => ({ ...side, all: [] as ReturnType<Side['measure']>[] }));
  for (let seed = 1; seed <= Number(flags.repetitions); seed++) {
    for (const row of rows) row.all.push(row.measure(setting, seed));
  }
  return rows.map(({ name, isPeer, all }) => ({ name, isPeer, all }));
}

const measured: { readonly setting: Setting; readonly rows: readonly Row[]; readonly load: number | undefined }[] = [];
const machine = { processor: cpus()[0]?.model, processors: cpus().length, node: process.version };

function save(): void {
  if (flags.out !== undefined) writeFileSync(flags.out, `${JSON.stringify({ machine, flags, measured }, null, 1)}\n`);
}

console.log(`${machine.processors} × ${machine.processor}, Node ${machine.node}; medians by ${clock} clock`);
for (const observations of sizes) {
  for (const space of spaces) {
    for (const pending of pendings) {
      const setting = { space, pending, observations, passing: Number(flags.passing) };
      const rows = rowsOf(setting);
      measured.push({ setting, rows, load: loadavg()[0] });
      console.log(`\n${tableOf(setting, rows, clock)}`);
      save();
    }
  }
}

for (const { setting, rows } of measured) {
  const { space, pending, observations } = setting;
  const twice = measured.find(
    (own) =>
      own.setting.space === space && own.setting.pending === pending && own.setting.observations === 2 * observations,
  );
  const grown = twice ? growthOf(rows, twice.rows, clock) : [];
  if (grown.length > 0) console.log(`\n${space}, ${pending} pending, from ${observations} to ${2 * observations}`);
  for (const line of grown) console.log(line);
}
