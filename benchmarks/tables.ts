/** Learning-curve tables: real training, tabulated (format and origin: README.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type TableParameter =
  | {
      readonly name: string;
      readonly type: 'float' | 'int';
      readonly min: number;
      readonly max: number;
      readonly scale: 'linear' | 'log';
    }
  | { readonly name: string; readonly type: 'categorical' | 'ordinal'; readonly values: readonly (string | number)[] };

export interface Table {
  readonly name: string;
  /** What the curves hold; always to be minimised. */
  readonly metric: string;
  /** Length of every curve. */
  readonly maxResource: number;
  readonly space: readonly TableParameter[];
  /** Row i: one value per parameter of `space`, in its order. */
  readonly configs: readonly (readonly (string | number)[])[];
  /** Row i, epoch r at index r − 1; null from the first epoch on at which training diverged. */
  readonly curves: readonly (readonly (number | null)[])[];
  /** Row i, measured. */
  readonly secondsPerEpoch: readonly number[];
  /** Makes measured seconds virtual ones: `secondsPerEpoch` × `timeScale` has a median of a minute. */
  readonly timeScale: number;
}

const DIRECTORY = join(import.meta.dirname, 'tables');
const SUFFIX = '.json.gz';

export function tableNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** Throws when there is no table of this name in `directory` (the committed ones). */
export function readTable(name: string, directory = DIRECTORY): Table {
  return JSON.parse(gunzipSync(readFileSync(join(directory, name + SUFFIX))).toString('utf8')) as Table;
}

/** The row's configuration by parameter name. */
export function configOf(table: Table, row: number): Record<string, string | number> {
  const values = table.configs[row];
  if (values === undefined)
    throw new RangeError(`${table.name} has ${table.configs.length} rows, none numbered ${row}`);
  return Object.fromEntries(table.space.map(({ name }, i) => [name, values[i] ?? '']));
}

/**
 * The row whose configuration is nearest to this one: least sum of squared differences, numbers measured on the
 * parameter's scale with its range as the unit, other values 0 apart where equal and 1 where not. Parameters that the
 * configuration leaves out do not count; of equally near rows the first.
 */
export function nearestRow(table: Table, config: Readonly<Record<string, unknown>>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [row, values] of table.configs.entries()) {
    let distance = 0;
    for (const [i, parameter] of table.space.entries())
      distance += difference(parameter, values[i], config[parameter.name]) ** 2;
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

function difference(parameter: TableParameter, a: unknown, b: unknown): number {
  if (b === undefined) return 0;
  if (!('min' in parameter)) return String(a) === String(b) ? 0 : 1;
  const at = parameter.scale === 'log' ? Math.log : (x: number): number => x;
  return (at(Number(a)) - at(Number(b))) / (at(parameter.max) - at(parameter.min));
}
