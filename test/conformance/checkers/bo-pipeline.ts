import { expectedImprovement } from '../../../src/acquisition/expected-improvement.ts';
import { modelOf } from '../../../src/gp/model.ts';
import { fromRows, row } from '../../../src/linalg/matrix.ts';
import type { Config } from '../../../src/model.ts';
import { minimize } from '../../../src/optimize/lbfgsb.ts';
import { createSpace, encodeResource, type Space } from '../../../src/space/space.ts';
import { acquisitionResource } from '../../../src/surrogate/acquisition-resource.ts';
import {
  acquisition,
  beliefs,
  incumbents,
  type Surrogate,
  surrogateWithFantasies,
} from '../../../src/surrogate/surrogate.ts';
import { differences } from '../compare.ts';
import { kernelOf, libraryNames, type Params, valuesOf } from '../gaussian-process.ts';
import { type FixtureParameter, parameter } from '../parameters.ts';

const TOLERANCE = 1e-8;
const GRADIENT_TOLERANCE = 1e-6;
/** How much worse than the library's a local minimum may be. */
const SLACK = 1e-4;
/** The library asks for at least so many observations at the level of the acquisition. */
const ENOUGH = 3;

interface Case {
  readonly space: readonly FixtureParameter[];
  readonly r_max: number;
  readonly kernel: string;
  readonly params: Params;
  readonly ei_jitter: number;
  readonly trials: readonly { readonly config: Config; readonly metrics: Readonly<Record<string, number>> }[];
  readonly pending: readonly Pending[];
  /** Of the observations. */
  readonly features: readonly (readonly number[])[];
  readonly targets_normalized: readonly number[];
  readonly target_mean: number;
  readonly target_std: number;
  readonly resource_acq: number;
  readonly incumbent: readonly number[];
  readonly candidates: readonly Config[];
  readonly cand_features: readonly (readonly number[])[];
  readonly pred_mean: readonly (number | readonly number[])[];
  readonly pred_std: readonly number[];
  readonly minus_ei: readonly number[];
  /** Of the first candidates; the gradient's last entry belongs to the resource, which is fixed. */
  readonly ei_with_grad: readonly { readonly value: number; readonly grad: readonly number[] }[];
  readonly local_opt: { readonly start: number; readonly start_value: number; readonly end_value: number } | null;
}

interface Pending {
  readonly config: Config;
  readonly resource: number;
  readonly fantasies_normalized: readonly number[];
}

/** From trials to the acquisition and its local minimum, with given hyperparameters and fantasies. */
export function check(data: Case): string[] {
  const space = createSpace(data.space.map(parameter));
  const { model, observed } = setting(data, space);
  const points = observed.map(({ config, resource }) => encoded(space, config, resource, data.r_max));
  const pending = data.pending.map(({ config, resource }) => encoded(space, config, resource, data.r_max));
  const evidence = {
    points: fromRows(points),
    values: Float64Array.from(observed, ({ value }) => value),
    pending: fromRows(pending, space.dimension + 1),
    alsoAt: [encodeResource(data.resource_acq, data.r_max)],
  };
  const columns = data.pending[0]?.fantasies_normalized.map((_, f) =>
    data.pending.map((own) => own.fantasies_normalized[f]!),
  );
  const surrogate = surrogateWithFantasies(model, evidence, fromRows(columns ?? []))!;
  const { targets, mean, deviation } = surrogate.normalized;
  const level = acquisitionResource(
    observed.map(({ resource }) => resource),
    ENOUGH,
  );
  return [
    ...differences('features', points.slice(0, data.features.length), data.features, TOLERANCE),
    ...differences('targets', [...targets], data.targets_normalized, TOLERANCE),
    ...differences('target mean', mean, data.target_mean, TOLERANCE),
    ...differences('target deviation', deviation, data.target_std, TOLERANCE),
    ...differences('resource', level, data.resource_acq),
    ...checkAcquisition(surrogate, space, data),
  ];
}

function setting({ kernel, params, r_max, trials }: Case, space: Space) {
  const spec = { kind: kernel, dimension: space.dimension, maxResource: r_max, warped: [] };
  const values = valuesOf(params, [{ end: 'noise_variance' }, ...libraryNames(spec)]);
  const observed = trials.flatMap(({ config, metrics }) =>
    Object.entries(metrics).map(([r, value]) => ({ config, resource: Number(r), value })),
  );
  return { model: modelOf(kernelOf(spec)).at(values), observed };
}

function encoded(space: Space, config: Config, resource: number, max: number): number[] {
  return [...space.encode(config), encodeResource(resource, max)];
}

function checkAcquisition(surrogate: Surrogate, space: Space, data: Case): string[] {
  const code = encodeResource(data.resource_acq, data.r_max);
  const candidates = fromRows(data.candidates.map((own) => encoded(space, own, data.resource_acq, data.r_max)));
  const known = beliefs(surrogate, candidates);
  const best = incumbents(surrogate, code);
  const head = expectedImprovement({ incumbents: best, margin: data.ei_jitter });
  const objective = acquisition(surrogate, head);
  const scores = data.ei_with_grad.map((_, i) => objective(row(candidates, i))!);
  return [
    ...differences(
      'candidates',
      data.candidates.map((_, i) => [...row(candidates, i)]),
      data.cand_features,
      TOLERANCE,
    ),
    ...differences('incumbents', [...best], data.incumbent, TOLERANCE),
    ...differences(
      'means',
      known.map(({ means }) => [...means]),
      data.pred_mean.map((means) => [means].flat()),
      TOLERANCE,
    ),
    ...differences(
      'deviations',
      known.map(({ deviation }) => deviation),
      data.pred_std,
      TOLERANCE,
    ),
    ...differences(
      'improvement',
      known.map((own) => head(own).value),
      data.minus_ei,
      TOLERANCE,
    ),
    ...data.ei_with_grad.flatMap(({ value, grad }, i) => [
      ...differences(`value ${i}`, scores[i]!.value, value, TOLERANCE),
      ...differences(`gradient ${i}`, [...scores[i]!.gradient()].slice(0, -1), grad.slice(0, -1), GRADIENT_TOLERANCE),
    ]),
    ...(data.local_opt
      ? checkLocalMinimum(objective, row(candidates, data.local_opt.start), space, data.local_opt)
      : []),
  ];
}

/** After rounding to a configuration. */
function checkLocalMinimum(
  objective: ReturnType<typeof acquisition>,
  start: Float64Array,
  space: Space,
  expected: NonNullable<Case['local_opt']>,
): string[] {
  const code = start.at(-1)!;
  const lower = Float64Array.from([...space.bounds.map(([least]) => least), code]);
  const upper = Float64Array.from([...space.bounds.map(([, most]) => most), code]);
  const options = { maxIterations: 1000, gradientTolerance: 1e-5, valueTolerance: 1e-9 };
  const found = minimize(objective, start, { lower, upper }, options)!;
  const rounded = objective(Float64Array.from([...space.encode(space.decode(found.x)), code]))!.value;
  return [
    ...differences('start', objective(start)!.value, expected.start_value, TOLERANCE),
    ...(rounded <= expected.end_value + SLACK ? [] : [`minimum: ${rounded}, expected at most ${expected.end_value}`]),
  ];
}
