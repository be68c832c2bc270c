/** Fits to a study's observations, remembered: the same data give the same fit, so remembering it only saves time. */
import { type Fit, fitModel } from '../gp/fit.ts';
import type { Model } from '../gp/model.ts';
import { encodeValues } from '../kernels/hyperparameters.ts';
import { fromRows, type Matrix } from '../linalg/matrix.ts';
import type { Rng } from '../rng.ts';
import { normalize } from './targets.ts';

/** What a fit depends on. */
export interface Seen {
  readonly model: Model;
  readonly points: Matrix;
  readonly values: Float64Array;
  /** All else: the kernel, its settings, the stream of chance. */
  readonly identity: readonly (number | string)[];
  readonly rng: Rng;
  /** Without the fit before, or beside a start from it. */
  readonly isAnew: boolean;
}

export interface Effort {
  /** Of a fit anew: how many starts. */
  readonly starts: number;
  /** Of each start. */
  readonly maxIterations: number;
}

/** Values of hyperparameters, by name: models with more levels have more of them. */
type Values = ReadonlyMap<string, number>;

interface Remembered {
  readonly key: readonly (number | string)[];
  readonly values: Values | undefined;
}

/** Enough for the studies a process searches for at once. */
const CAPACITY = 64;

const memory: Remembered[] = [];

/** A start from the fit before needs no more. */
const WARM_ITERATIONS = 15;

/** Values of a model's hyperparameters after the last of some fits, each of which may start from the one before. */
export function fittedValues(model: Model, fits: readonly (() => Seen)[], effort: Effort): Float64Array | undefined {
  const pending: { readonly seen: Seen; readonly key: Remembered['key'] }[] = [];
  let values: Values | undefined;
  for (const look of fits.toReversed()) {
    const seen = look();
    const key = keyOf(seen);
    const known = memory.find((own) => isEqual(own.key, key));
    values = known?.values;
    if (known !== undefined && (values !== undefined || pending.length === 0)) break;
    pending.push({ seen, key });
  }
  for (const { seen, key } of pending.toReversed()) {
    values = refit(seen, values, effort) ?? values;
    memory.unshift({ key, values });
    if (memory.length > CAPACITY) memory.pop();
  }
  return values && inOrder(model, values);
}

/** The best of a start from the values before, if there are any, and of starts anew, if they are due. */
function refit(seen: Seen, before: Values | undefined, { starts, maxIterations }: Effort): Values | undefined {
  const { model, points, rng } = seen;
  const data = { points, targets: fromRows([normalize(seen.values).targets]) };
  const found: (Fit | undefined)[] = [];
  if (before !== undefined) {
    const from = encodeValues(model.hyperparameters, inOrder(model, before));
    found.push(fitModel(model, data, { starts: 1, maxIterations: WARM_ITERATIONS, from }, rng));
  }
  if (seen.isAnew || before === undefined) found.push(fitModel(model, data, { starts, maxIterations }, rng));
  const [best] = found.filter((fit) => fit !== undefined).sort((a, b) => a.objective - b.objective);
  return best && new Map(model.hyperparameters.map(({ name }, i) => [name, best.values[i] ?? 0]));
}

/** Those that had not been there are as they are before any fit. */
function inOrder({ hyperparameters }: Model, values: Values): Float64Array {
  return Float64Array.from(hyperparameters, ({ name, initial }) => values.get(name) ?? initial);
}

function keyOf({ identity, points, values }: Seen): Remembered['key'] {
  return [...identity, ...points.data, ...values];
}

function isEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
