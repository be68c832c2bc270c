/** Fits to a study's curves, remembered: the same curves give the same fit, so remembering it only saves time. */
import { type CurveFitOptions, fitCurves } from '../gp/curve-fit.ts';
import { type CurveData, curveModel } from '../gp/curve-model.ts';
import { type Rng, stream } from '../rng.ts';

interface Remembered {
  readonly key: readonly number[];
  readonly values: Float64Array | undefined;
}

/** Enough for the studies a process searches for at once. */
const CAPACITY = 32;

const memory: Remembered[] = [];

const FIT: CurveFitOptions = { starts: 2, maxIterations: 40 };

/** Values of the hyperparameters fitted to these curves; undefined when there is no telling. Chance comes from the seed. */
export function fittedCurves(data: CurveData, seed: number): Float64Array | undefined {
  const key = [seed, data.points.columns, ...data.points.data, ...data.curves.flatMap(numbers)];
  const known = memory.find((own) => isEqual(own.key, key));
  if (known !== undefined) return known.values;
  const chance: Rng = stream(seed, 'fit', data.curves.length);
  const values = fitCurves(curveModel(data.points.columns), data, FIT, chance);
  memory.unshift({ key, values });
  if (memory.length > CAPACITY) memory.pop();
  return values;
}

function numbers({ times, values }: CurveData['curves'][number]): readonly number[] {
  return [times.length, ...times, ...values];
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
