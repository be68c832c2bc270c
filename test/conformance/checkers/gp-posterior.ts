import { boxCox, boxCoxSlope, negativeLogJacobian, sumOfLogs } from '../../../src/gp/box-cox.ts';
import { extend } from '../../../src/gp/extension.ts';
import { drawIndependently, drawJointly } from '../../../src/gp/fantasies.ts';
import { pointPredictor } from '../../../src/gp/input-gradient.ts';
import { likelihoodGradient, negativeLogLikelihood } from '../../../src/gp/likelihood.ts';
import { type Model, modelOf } from '../../../src/gp/model.ts';
import { denseProcess } from '../../../src/gp/observe.ts';
import { condition, meanWeights, type Posterior, predict } from '../../../src/gp/posterior.ts';
import { addPenaltyGradient, penalty } from '../../../src/kernels/hyperparameters.ts';
import { normalPrior } from '../../../src/kernels/hyperpriors.ts';
import { at, dot, fromRows, type Matrix, row } from '../../../src/linalg/matrix.ts';
import { differences } from '../compare.ts';
import { fullName, kernelOf, libraryNames, type Params, valuesOf, type WarpColumns } from '../gaussian-process.ts';

const TOLERANCE = 1e-8;
const GRADIENT_TOLERANCE = 1e-7;
const SAMPLE_TOLERANCE = 1e-6;

type Rows = readonly (readonly number[])[];
type Gradient = Readonly<Record<string, { readonly grad: number }>>;

interface Case {
  /** The kernel's name; before it `warp:` or `boxcox:`. */
  readonly kernel: string;
  readonly d_x: number;
  readonly r_max: number | null;
  readonly warp_columns: WarpColumns | null;
  readonly params: Params;
  readonly X: Rows;
  readonly targets: readonly number[];
  readonly Xtest: Rows;
  readonly chol: Rows;
  readonly pred_mat: readonly number[];
  readonly post_mean: readonly number[];
  readonly post_var: readonly number[];
  readonly nll: number;
  readonly nll_grad: Gradient;
  readonly objective_with_hyperpriors: number;
  readonly objective_grad: Gradient;
  /** At the first test point. */
  readonly dmean_dx: readonly number[];
  readonly dstd_dx: readonly number[];
  readonly fantasy: Fantasy;
  readonly joint_sample: Samples;
  readonly marginal_sample: Samples;
}

/** Test points added one after the other, each with draws at it; then predictions of all test points. */
interface Fantasy {
  readonly z: Rows;
  readonly points: readonly number[];
  readonly targets: Rows;
  readonly chol_last_row: readonly number[];
  readonly post_mean: Rows;
  readonly post_var: readonly number[];
}

/** z: a row per draw; samples: a column per draw. */
interface Samples {
  readonly z: Rows;
  readonly samples: Rows;
}

const LAMBDA = 'ytrans_boxcox_lambda';

/** Posterior, likelihood and derivatives, fantasies and draws of a Gaussian process with given hyperparameters. */
export function check(data: Case): string[] {
  const kind = data.kernel.replace(/^\w+:/, '');
  const spec = { kind, dimension: data.d_x, maxResource: data.r_max, warped: data.warp_columns ?? [] };
  const names = [{ end: 'noise_variance' }, ...libraryNames(spec)];
  const model = modelOf(kernelOf(spec));
  const values = valuesOf(data.params, names);
  const lambda = data.params[LAMBDA];
  const targets = lambda === undefined ? data.targets : data.targets.map((y) => boxCox(y, lambda));
  const makePosterior = () => condition(model.at(values), fromRows(data.X), fromRows([targets]))!;
  const posterior = makePosterior();
  return [
    ...checkPosterior(posterior, data),
    ...checkObjective(
      { model, values, names: names.map((name) => fullName(data.params, name)) },
      makePosterior(),
      data,
    ),
    ...checkInputGradient(posterior, data),
    ...checkFantasies(posterior, data),
    ...checkSamples(
      'joint',
      drawJointly(denseProcess(posterior), fromRows(data.Xtest), fromRows(data.joint_sample.z))!,
      data.joint_sample,
    ),
    ...checkSamples(
      'marginal',
      drawIndependently(denseProcess(posterior), fromRows(data.Xtest), fromRows(data.marginal_sample.z)),
      data.marginal_sample,
    ),
  ];
}

function checkPosterior(posterior: Posterior, { chol, pred_mat, Xtest, post_mean, post_var }: Case): string[] {
  const lower = chol.map((values, i) => values.map((_, j) => (j > i ? 0 : row(posterior.factor, i)[j])));
  const { means, variances } = predict(posterior, fromRows(Xtest));
  return [
    ...differences('factor', lower, chol, TOLERANCE),
    ...differences('residuals', [...posterior.residuals.data], pred_mat, TOLERANCE),
    ...differences('means', [...means.data], post_mean, TOLERANCE),
    ...differences('variances', [...variances], post_var, TOLERANCE),
  ];
}

interface Fixed {
  readonly model: Model;
  readonly values: Float64Array;
  readonly names: readonly string[];
}

function checkObjective({ model, values, names }: Fixed, posterior: Posterior, data: Case): string[] {
  const { hyperparameters } = model;
  const transform = boxCoxOf(posterior, data);
  const nll = negativeLogLikelihood(posterior) + transform.jacobian;
  const gradient = likelihoodGradient(posterior, hyperparameters.length);
  const objectiveGradient = gradient.slice();
  addPenaltyGradient(hyperparameters, values, objectiveGradient);
  const objective = nll + penalty(hyperparameters, values) + transform.penalty;
  const named = (own: Float64Array, byLambda: number) => ({
    ...Object.fromEntries(names.map((name, i) => [name, at(own, i)])),
    ...(LAMBDA in data.params ? { [LAMBDA]: byLambda } : {}),
  });
  const expected = (own: Gradient) => Object.fromEntries(Object.entries(own).map(([name, { grad }]) => [name, grad]));
  return [
    ...differences('nll', nll, data.nll, TOLERANCE),
    ...differences('objective', objective, data.objective_with_hyperpriors, TOLERANCE),
    ...differences('gradient', named(gradient, transform.slope), expected(data.nll_grad), GRADIENT_TOLERANCE),
    ...differences(
      'objective gradient',
      named(objectiveGradient, transform.slope + transform.penaltySlope),
      expected(data.objective_grad),
      GRADIENT_TOLERANCE,
    ),
  ];
}

/**
 * What transformed targets add to the likelihood and its derivative by λ. The fixtures hold the library's Jacobian, with
 * the mean of ln y in place of the sum; the right one is checked with the transforms.
 */
function boxCoxOf(posterior: Posterior, { params, targets }: Case) {
  const lambda = params[LAMBDA];
  if (lambda === undefined) return { jacobian: 0, slope: 0, penalty: 0, penaltySlope: 0 };
  const y = Float64Array.from(targets);
  const slopes = y.map((value) => boxCoxSlope(value, lambda));
  const prior = normalPrior(0.5, 0.75);
  return {
    jacobian: negativeLogJacobian(y, lambda) / y.length,
    slope: dot(meanWeights(posterior).data, slopes) - sumOfLogs(y) / y.length,
    penalty: prior.penalty(lambda),
    penaltySlope: prior.slope(lambda),
  };
}

function checkInputGradient(posterior: Posterior, { Xtest, dmean_dx, dstd_dx }: Case): string[] {
  const x = row(fromRows(Xtest), 0);
  const prediction = pointPredictor(posterior)(x);
  const [byMean, byDeviation] = [new Float64Array(x.length), new Float64Array(x.length)];
  prediction.addGradient(Float64Array.of(1), 0, byMean);
  prediction.addGradient(Float64Array.of(0), 1, byDeviation);
  return [
    ...differences('dmean/dx', [...byMean], dmean_dx, GRADIENT_TOLERANCE),
    ...differences('dstd/dx', [...byDeviation], dstd_dx, GRADIENT_TOLERANCE),
  ];
}

function checkFantasies(start: Posterior, { Xtest, fantasy }: Case): string[] {
  const problems: string[] = [];
  let posterior = start;
  for (const [i, place] of fantasy.points.entries()) {
    const point = fromRows([Xtest[place]!]);
    const draws = drawIndependently(denseProcess(posterior), point, column(fantasy.z[i]!));
    problems.push(...differences(`fantasies ${i}`, [...draws.data], fantasy.targets[i], TOLERANCE));
    posterior = extend(posterior, point, column(fantasy.targets[i]!))!;
  }
  const { means, variances } = predict(posterior, fromRows(Xtest));
  const last = row(posterior.factor, posterior.factor.rows - 1);
  return [
    ...problems,
    ...differences('grown factor', [...last], fantasy.chol_last_row, TOLERANCE),
    ...differences('means with fantasies', nested(means), fantasy.post_mean, TOLERANCE),
    ...differences('variances with fantasies', [...variances], fantasy.post_var, TOLERANCE),
  ];
}

function checkSamples(what: string, draws: Matrix, { samples }: Samples): string[] {
  const byPoint = samples.map((_, i) => nested(draws).map((draw) => draw[i]));
  return differences(`${what} draws`, byPoint, samples, SAMPLE_TOLERANCE);
}

function column(values: readonly number[]): Matrix {
  return fromRows(values.map((value) => [value]));
}

function nested(matrix: Matrix): number[][] {
  return Array.from({ length: matrix.rows }, (_, i) => [...row(matrix, i)]);
}
