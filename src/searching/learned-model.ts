/** The model of a study: fitted to its observations, with fantasies of what is pending. */
import { type Model, modelOf } from '../gp/model.ts';
import { JOINT_KERNELS } from '../kernels/registry.ts';
import { zeros } from '../linalg/matrix.ts';
import { stream } from '../rng.ts';
import { fittedValues } from '../surrogate/fitted.ts';
import { refitSize } from '../surrogate/refit-schedule.ts';
import { type Refit, refitsUpTo } from '../surrogate/refits.ts';
import { subsample } from '../surrogate/subsample.ts';
import { type Surrogate, surrogate } from '../surrogate/surrogate.ts';
import { clipWorst } from '../surrogate/targets.ts';
import { choose } from './candidates.ts';
import {
  type ConfigObserved,
  parameterOfCoordinates,
  pendingEvaluations,
  pointsOf,
  warpedCoordinates,
} from './evidence.ts';
import type { ModelBasedOptions } from './model-options.ts';
import type { Occasion } from './searcher.ts';

/** The model whose hyperparameters are to be fitted. */
export function modelFor(
  { space, study }: Occasion,
  observed: readonly ConfigObserved[],
  options: ModelBasedOptions,
): Model {
  const kernel = JOINT_KERNELS[options.kernel]({
    dimension: space.dimension,
    warped: options.warping ? warpedCoordinates(space) : [],
    parameterOf: options.bandwidths === 'PerParameter' ? parameterOfCoordinates(space) : undefined,
    maxResource: study.resource.max,
    levels: [...new Set(observed.map(({ resource }) => resource))].sort((a, b) => a - b),
  });
  return modelOf(kernel);
}

function refitsOf(observed: readonly ConfigObserved[], refit: ModelBasedOptions['refit']): readonly Refit[] {
  if ('growth' in refit) return refitsUpTo(observed.length, refit.growth);
  const resources = observed.map(({ resource }) => resource);
  return [{ size: refitSize(resources, refit), isAnew: true }];
}

/**
 * What the model knows after some observations and of what is pending. Undefined where it cannot be computed. `code`: the
 * encoded resource it will be asked about.
 */
export function surrogateOf(
  model: Model,
  observed: readonly ConfigObserved[],
  occasion: Occasion,
  options: ModelBasedOptions & { readonly code: number },
): Surrogate | undefined {
  const { study, space, trials, number } = occasion;
  const { max } = study.resource;
  /** What the model sees of the first `size` observations. */
  const seen = (size: number) => {
    const rng = stream(study.seed, 'subsample', size);
    const kept = subsample(observed.slice(0, size), options.maxObservations, (n, count) => choose(n, count, rng));
    const values = Float64Array.from(kept, ({ value }) => value);
    return {
      points: pointsOf(space, max, kept),
      values: options.worstValues === 'Clipped' ? clipWorst(values) : values,
    };
  };
  const { kernel, bandwidths, warping, starts, maxIterations } = options;
  const identity = [study.seed, max, kernel, bandwidths, String(warping), starts, maxIterations];
  const fits = refitsOf(observed, options.refit).map(({ size, isAnew }) => () => ({
    ...seen(size),
    model: modelFor(occasion, observed.slice(0, size), options),
    identity: [...identity, String(isAnew), size],
    rng: stream(study.seed, 'fit', size),
    isAnew,
  }));
  const values = fittedValues(model, fits, options);
  if (values === undefined) return undefined;
  const pending = options.fantasies === 0 ? [] : pendingEvaluations(study, trials, options.pending);
  const evidence = { ...seen(observed.length), pending: pointsOf(space, max, pending), alsoAt: [options.code] };
  const normals = zeros(options.fantasies, pending.length);
  const chance = stream(study.seed, 'fantasies', number);
  return surrogate(model.at(values), evidence, { ...normals, data: normals.data.map(() => chance.normal()) });
}
