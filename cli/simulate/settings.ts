/** From the flags of `abohb simulate` to the runs they ask for. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { engineAlgorithm } from '../../operator/api/engine-study.ts';
import type { Misfortunes } from '../../src/simulate/misfortune.ts';
import { type Io, isRefused, type Refused } from '../command.ts';
import { type Arguments, UsageError } from '../flags.ts';
import { studyIn } from '../run/plan.ts';
import { type Method, methodsIn } from './methods.ts';
import type { Job } from './pool.ts';
import { tableFiles } from './tables.ts';

export interface Settings {
  readonly jobs: readonly Job[];
  readonly threads: number;
}

/** Seeds outermost: whoever stops early has as many of every table and method. */
export async function settingsOf({ values }: Arguments, io: Io): Promise<Settings | Refused> {
  const { tables } = values;
  if (tables === undefined) throw new UsageError('--tables is missing: name a directory or files of learning curves');
  const paths = await tableFiles(tables, io.cwd);
  if (isRefused(paths)) return paths;
  const methods = await methodsOf(values, io);
  if (isRefused(methods)) return methods;
  const workers = whole('workers', values['workers'] ?? '4');
  const horizon = positive('horizon', values['horizon'] ?? '8');
  const misfortunes = misfortunesOf(values);
  const isTraced = values['trace'] !== undefined;
  const jobs = seedsIn(values['seeds'] ?? '0:20').flatMap((seed) =>
    paths.flatMap((tablePath) =>
      methods.map((method) => ({ tablePath, method, seed, workers, horizon, misfortunes, isTraced })),
    ),
  );
  return { jobs, threads: whole('processes', values['processes'] ?? String(availableParallelism())) };
}

async function methodsOf({ algorithm, study }: Arguments['values'], io: Io): Promise<readonly Method[] | Refused> {
  if (algorithm === undefined && study === undefined)
    throw new UsageError('--algorithm is missing: name algorithms, or a Study with --study');
  const named = algorithm === undefined ? [] : methodsIn(algorithm);
  if (isRefused(named)) return named;
  const own = study === undefined ? [] : await methodOfStudy(study, io);
  return isRefused(own) ? own : [...named, ...own];
}

async function methodOfStudy(file: string, io: Io): Promise<readonly Method[] | Refused> {
  const study = await studyIn(file, undefined, io);
  if (isRefused(study)) return study;
  const name = study.metadata.name || basename(file);
  const { algorithm, resource, initialTrials = [] } = study.spec;
  return [{ name, algorithm: engineAlgorithm(algorithm), minResource: resource.min, initialTrials }];
}

/** FROM:TO without TO, or a single one. */
function seedsIn(text: string): readonly number[] {
  const match = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(text);
  const from = Number(match?.[1]);
  const to = match?.[2] === undefined ? from + 1 : Number(match[2]);
  if (!match || to <= from) throw new UsageError(`--seeds ${text} is no range of seeds: write one such as 0:20`);
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function misfortunesOf(values: Arguments['values']): Misfortunes {
  const { straggle, fail } = values;
  const [probability = '', factor = ''] = straggle?.split(':') ?? [];
  return {
    ...(straggle !== undefined && {
      straggle: { probability: share('straggle', probability), factor: positive('straggle', factor) },
    }),
    ...(fail !== undefined && { lose: share('fail', fail) }),
  };
}

function share(flag: string, text: string): number {
  const number = Number(text);
  if (text !== '' && number >= 0 && number < 1) return number;
  throw new UsageError(`--${flag} ${text} is no probability: write a number from 0 to below 1`);
}

function positive(flag: string, text: string): number {
  const number = Number(text);
  if (text !== '' && number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`--${flag} ${text} is not a number above 0`);
}

function whole(flag: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError(`--${flag} ${text} is not a whole number from 1 on`);
}
