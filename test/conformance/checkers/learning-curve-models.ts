import { decayCurves } from '../../../src/gp/decay-curves.ts';
import { innovationCurves } from '../../../src/gp/innovation-curves.ts';
import { type CurveSums, conditionOnCurves, predictAsymptotes } from '../../../src/gp/learning-curve.ts';
import { withConstantMean } from '../../../src/kernels/constant-mean.ts';
import { matern52 } from '../../../src/kernels/matern.ts';
import { fromRows } from '../../../src/linalg/matrix.ts';
import { encodeResource } from '../../../src/space/space.ts';
import { differences } from '../compare.ts';
import { maternNames, type Params, valuesOf } from '../gaussian-process.ts';

const TOLERANCE = 1e-8;

interface Case {
  readonly kind: 'expdecay' | 'expdecay-normalized' | 'issm';
  readonly d: number;
  readonly r_max: number;
  readonly params: Params;
  readonly X: readonly (readonly number[])[];
  readonly curves: readonly (readonly number[])[];
  readonly nll: number;
  readonly Xtest: readonly (readonly number[])[];
  readonly h_mean: readonly number[];
  readonly h_var: readonly number[];
}

/** Likelihood of whole curves, and their predicted asymptotes. */
export function check(data: Case): string[] {
  const { params, d: dimension } = data;
  const kernel = withConstantMean(matern52({ dimension }));
  const names = [...maternNames({ dimension, warped: [] }), { end: 'mean_mean_value' }];
  const prior = kernel.at(valuesOf(params, names));
  const posterior = conditionOnCurves(prior, fromRows(data.X), sumsOf(data), params['noise_variance']!)!;
  const { means, variances } = predictAsymptotes(posterior, fromRows(data.Xtest));
  return [
    ...differences('nll', posterior.negativeLogLikelihood, data.nll, TOLERANCE),
    ...differences('means', [...means.data], data.h_mean, TOLERANCE),
    ...differences('variances', [...variances], data.h_var, TOLERANCE),
  ];
}

function sumsOf({ kind, params, curves, r_max }: Case): CurveSums[] {
  const value = (name: string) => params[name] ?? Number.NaN;
  const observed = curves.map((curve) => Float64Array.from(curve));
  if (kind === 'issm') {
    const values = { alpha: value('issm_alpha'), beta: value('issm_beta'), gamma: value('issm_gamma') };
    return innovationCurves(observed, values, r_max);
  }
  const values = { alpha: value('expdecay_alpha'), lambda: value('expdecay_mean_lam'), gamma: value('expdecay_gamma') };
  const time = (r: number) => (kind === 'expdecay' ? r : encodeResource(r, r_max));
  const timed = observed.map((own) => ({ times: own.map((_, i) => time(i + 1)), values: own }));
  return decayCurves(timed, values, value('noise_variance'))!;
}
