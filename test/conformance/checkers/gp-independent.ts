import { negativeLogLikelihood } from '../../../src/gp/likelihood.ts';
import { modelOf, noisePerLevel, SHARED_NOISE } from '../../../src/gp/model.ts';
import { condition, predict } from '../../../src/gp/posterior.ts';
import { independentLevels } from '../../../src/kernels/independent.ts';
import { matern52 } from '../../../src/kernels/matern.ts';
import { fromRows } from '../../../src/linalg/matrix.ts';
import { encodeResource } from '../../../src/space/space.ts';
import { differences } from '../compare.ts';
import { maternNames, type Params, valuesOf } from '../gaussian-process.ts';

const TOLERANCE = 1e-8;

interface Case {
  readonly d_x: number;
  readonly r_max: number;
  readonly levels: readonly number[];
  readonly separate_noise_variances: boolean;
  readonly params: Params;
  readonly X: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly nll: number;
  /** Without the resource, which is in Rtest. */
  readonly Xtest: readonly (readonly number[])[];
  readonly Rtest: readonly number[];
  readonly post_mean: readonly number[];
  readonly post_var: readonly number[];
}

/** Posterior and likelihood of one process per level. */
export function check(data: Case): string[] {
  const { d_x: dimension, r_max: maxResource, levels, params } = data;
  const perLevel = (end: (level: number) => string) => levels.map((level) => ({ end: end(level) }));
  const isSeparate = data.separate_noise_variances;
  const names = [
    ...(isSeparate ? perLevel((level) => `noise_variance${level}`) : [{ end: 'noise_variance' }]),
    ...maternNames({ dimension, warped: [], unscaled: true }),
    ...perLevel((level) => `mean${level}_mean_value`),
    ...perLevel((level) => `covariance_scale${level}`),
  ];
  const kernel = independentLevels({ over: matern52({ dimension, unscaled: true }), dimension, maxResource, levels });
  const noise = isSeparate ? noisePerLevel(levels, dimension, maxResource) : SHARED_NOISE;
  const model = modelOf(kernel, noise).at(valuesOf(params, names));
  const posterior = condition(model, fromRows(data.X), fromRows([data.targets]))!;
  const test = data.Xtest.map((x, i) => [...x, encodeResource(data.Rtest[i]!, maxResource)]);
  const { means, variances } = predict(posterior, fromRows(test));
  return [
    ...differences('nll', negativeLogLikelihood(posterior), data.nll, TOLERANCE),
    ...differences('means', [...means.data], data.post_mean, TOLERANCE),
    ...differences('variances', [...variances], data.post_var, TOLERANCE),
  ];
}
