import { fitModel, fitObjective } from '../../../src/gp/fit.ts';
import { modelOf } from '../../../src/gp/model.ts';
import { initialCodes } from '../../../src/kernels/hyperparameters.ts';
import { fromRows } from '../../../src/linalg/matrix.ts';
import { stream } from '../../../src/rng.ts';
import { differences } from '../compare.ts';
import { kernelOf, libraryNames, type Params, valuesOf } from '../gaussian-process.ts';

interface Case {
  readonly kernel: string;
  readonly d_x: number;
  readonly r_max: number | null;
  readonly X: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly objective_at_initial_params: number;
  readonly library_default_fit: Optimum;
  readonly thorough_fit: Optimum;
}

interface Optimum {
  readonly objective: number;
  readonly params: Params;
}

/** The fit's objective at given hyperparameters, and how low our fit gets: not above the library's. */
export function check(data: Case): string[] {
  const spec = { kind: data.kernel, dimension: data.d_x, maxResource: data.r_max, warped: [] };
  const names = [{ end: 'noise_variance' }, ...libraryNames(spec)];
  const model = modelOf(kernelOf(spec));
  const points = { points: fromRows(data.X), targets: fromRows([data.targets]) };
  const objective = fitObjective(model, points);
  const encode = (values: Float64Array) =>
    values.map((value, i) => (model.hyperparameters[i]?.code === 'Log' ? Math.log(value) : value));
  const found = fitModel(model, points, { starts: 5, maxIterations: 50 }, stream(0, 'fit', 0));
  const enough = data.library_default_fit.objective + 0.05;
  return [
    ...differences(
      'initial',
      objective(initialCodes(model.hyperparameters))?.value,
      data.objective_at_initial_params,
      1e-6,
    ),
    ...[data.library_default_fit, data.thorough_fit].flatMap((optimum) =>
      differences('at an optimum', objective(encode(valuesOf(optimum.params, names)))?.value, optimum.objective, 1e-6),
    ),
    ...(found !== undefined && found.objective <= enough
      ? []
      : [`fit: ${found?.objective}, expected at most ${enough}`]),
  ];
}
