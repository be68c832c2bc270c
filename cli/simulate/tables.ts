/** Learning-curve tables in files: gzipped JSON (benchmarks/README.md describes the members). */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { isSystemError } from '../../operator/local/process.ts';
import type { Config, Parameter } from '../../src/model.ts';
import type { Table } from '../../src/simulate/table.ts';
import { createSpace } from '../../src/space/space.ts';
import { isRefused, type Refused } from '../command.ts';

const SUFFIX = /\.json(\.gz)?$/;

const value = z.union([z.string(), z.number()]);
const range = { name: z.string(), min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']) };
const choice = { name: z.string(), values: z.array(value) };
const parameter = z.discriminatedUnion('type', [
  z.object({ type: z.literal('float'), ...range }),
  z.object({ type: z.literal('int'), ...range }),
  z.object({ type: z.literal('categorical'), ...choice }),
  z.object({ type: z.literal('ordinal'), ...choice }),
]);
const tableSchema = z.object({
  name: z.string(),
  mode: z.literal('min'),
  maxResource: z.int().min(1),
  space: z.array(parameter),
  configs: z.array(z.array(value)),
  curves: z.array(z.array(z.number().nullable())),
  secondsPerEpoch: z.array(z.number()),
  timeScale: z.number(),
});
type TableFile = z.output<typeof tableSchema>;

/** The files that a comma-separated list of files and directories names, a directory's sorted by name. */
export async function tableFiles(list: string, cwd: string): Promise<readonly string[] | Refused> {
  const files: string[] = [];
  for (const path of list.split(',')) {
    const found = await filesAt(resolve(cwd, path), path);
    if (isRefused(found)) return found;
    files.push(...found);
  }
  return files;
}

async function filesAt(path: string, shown: string): Promise<readonly string[] | Refused> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return { refused: [`${shown}: there is no such file or directory`] };
    throw error;
  }
  const names = (await readdir(path)).filter((name) => SUFFIX.test(name)).sort();
  if (names.length === 0) return { refused: [`${shown}: holds no tables (*.json.gz)`] };
  return names.map((name) => join(path, name));
}

/** Throws when the file holds no table. */
export async function readTable(path: string): Promise<Table> {
  const bytes = await readFile(path);
  const json = path.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes;
  const parsed = tableSchema.safeParse(JSON.parse(json.toString('utf8')));
  if (parsed.success) return tableOf(parsed.data);
  throw new TypeError(`${path}: not a table of learning curves: ${z.prettifyError(parsed.error)}`);
}

function tableOf({ name, maxResource, space, configs, curves, secondsPerEpoch, timeScale }: TableFile): Table {
  const parameters = space.map((own, j) =>
    engineParameter(
      own,
      configs.map((config) => config[j]),
    ),
  );
  const named = configs.map((values): Config => Object.fromEntries(space.map((own, j) => [own.name, values[j] ?? ''])));
  const rows = distinct(named, parameters);
  return {
    name,
    maxResource,
    parameters,
    configs: rows.map((row) => named[row] ?? {}),
    curves: rows.map((row) => curves[row] ?? []),
    seconds: rows.map((row) => (secondsPerEpoch[row] ?? 0) * timeScale),
  };
}

/** Where a configuration was trained several times, the first. */
function distinct(configs: readonly Config[], parameters: readonly Parameter[]): readonly number[] {
  const space = createSpace(parameters);
  const first = new Map<string, number>();
  for (const [row, config] of configs.entries()) {
    const key = space.key(config);
    if (!first.has(key)) first.set(key, row);
  }
  return [...first.values()];
}

const SCALES = { linear: 'Linear', log: 'Log' } as const;

/** Ranges are widened to hold what rounding put just outside them. */
function engineParameter(own: TableFile['space'][number], column: readonly unknown[]): Parameter {
  const { name } = own;
  if (own.type === 'categorical') return { name, type: 'categorical', values: own.values };
  if (own.type === 'ordinal') return { name, type: 'ordinal', values: own.values, spacing: 'Equal' };
  const numbers = column.map(Number);
  const [min, max] = [Math.min(own.min, ...numbers), Math.max(own.max, ...numbers)];
  return { name, type: own.type, min, max, scale: SCALES[own.scale] };
}
