/**
 * Predictions of an additive process, notation as in additive.ts. At a configuration x and a level l:
 *
 *   mean = μ + β_l + E(b_l − β_l) + v·ρ      v = Λ⁻¹ k(X, x),  ρ the residuals
 *   variance = k(x, x) − v·v + |w|²          w = Yᵀ (δ_l − (Λ⁻¹ C)ᵀ v)
 *
 * Covariances of two points are k(x, x′) − v·v′ + w·w′. Only levels known to the grouping can be asked about.
 */
import { grow } from '../linalg/growth.ts';
import { addScaled, at, dot, type Matrix, row, stack, zeros } from '../linalg/matrix.ts';
import { solveUpper } from '../linalg/triangular.ts';
import { type AdditivePosterior, conditionAdditive, solved, times, transposed } from './additive.ts';
import type { Grouping } from './grouping.ts';
import type { PointPrediction } from './input-gradient.ts';
import { LEAST_VARIANCE, type Prediction } from './posterior.ts';

/** What predictions at points are made from: v, P×m, and w, P×L. */
interface Placed {
  readonly levels: readonly number[];
  readonly v: Matrix;
  readonly w: Matrix;
}

function place({ grouping, covariances, factor, solvedShares, spread }: AdditivePosterior, points: Matrix): Placed {
  const k = zeros(points.rows, factor.rows);
  for (let i = 0; i < points.rows; i++) covariances.row(row(points, i), row(k, i));
  const v = solved(factor, k);
  const levels = Array.from({ length: points.rows }, (_, i) => placeOf(grouping.resources, row(points, i)));
  const w = zeros(points.rows, solvedShares.rows);
  for (let i = 0; i < points.rows; i++) {
    for (let l = 0; l < solvedShares.rows; l++) {
      const difference = (l === levels[i] ? 1 : 0) - dot(row(v, i), row(solvedShares, l));
      addScaled(row(w, i), difference, row(spread, l));
    }
  }
  return { levels, v, w };
}

function placeOf(resources: Float64Array, x: Float64Array): number {
  const level = resources.indexOf(at(x, x.length - 1));
  if (level < 0) throw new RangeError(`no level of the process is at ${x.at(-1)}`);
  return level;
}

/** Means and variances at points. */
export function predictAdditive(posterior: AdditivePosterior, points: Matrix): Prediction {
  return predictPlaced(posterior, points, place(posterior, points));
}

function predictPlaced(posterior: AdditivePosterior, points: Matrix, { levels, v, w }: Placed): Prediction {
  const { prior, residuals } = posterior;
  const means = zeros(points.rows, residuals.rows);
  const variances = new Float64Array(points.rows);
  for (let i = 0; i < points.rows; i++) {
    const [own, spread] = [row(v, i), row(w, i)];
    for (let f = 0; f < residuals.rows; f++) {
      means.data[i * residuals.rows + f] = levelMean(posterior, levels[i] ?? 0, f) + dot(own, row(residuals, f));
    }
    const variance = prior.over.diagonal(row(points, i)) - dot(own, own) + dot(spread, spread);
    variances[i] = Math.max(variance, LEAST_VARIANCE);
  }
  return { means, variances };
}

/** μ + E b_l, for column f of targets. */
function levelMean({ prior, grouping, effects }: AdditivePosterior, level: number, f: number): number {
  return prior.mean + prior.effectMean(at(grouping.resources, level)) + at(row(effects, f), level);
}

/** Means at points and their covariances: a matrix whose lower triangle counts. */
export function predictJointlyAdditive(posterior: AdditivePosterior, points: Matrix) {
  const placed = place(posterior, points);
  const { means } = predictPlaced(posterior, points, placed);
  const { v, w } = placed;
  const own = posterior.prior.over.with(points);
  const covariance = zeros(points.rows, points.rows);
  for (let i = 0; i < points.rows; i++) {
    const to = row(covariance, i).subarray(0, i + 1);
    own.row(row(points, i), to);
    for (let k = 0; k <= i; k++) to[k] = at(to, k) - dot(row(v, i), row(v, k)) + dot(row(w, i), row(w, k));
  }
  return { means, covariance };
}

/** Predicts points one by one; the gradient leaves the resource out. */
export function additivePredictor(posterior: AdditivePosterior): (x: Float64Array) => PointPrediction {
  const { prior, covariances, factor, residuals, solvedShares, spread } = posterior;
  const alphas = { ...residuals, data: residuals.data.slice() };
  solveUpper(factor, alphas);
  return (x) => {
    const point: Matrix = { rows: 1, columns: x.length, data: x };
    const { levels, v, w } = place(posterior, point);
    const deviation = Math.sqrt(
      Math.max(prior.over.diagonal(x) - dot(v.data, v.data) + dot(w.data, w.data), LEAST_VARIANCE),
    );
    const level = levels[0] ?? 0;
    return {
      means: Float64Array.from(
        { length: residuals.rows },
        (_, f) => levelMean(posterior, level, f) + dot(v.data, row(residuals, f)),
      ),
      deviation,
      addGradient(byMeans, byDeviation, out) {
        // ∂variance/∂k(x, X) = −2 T⁻¹ (k + C Y w) = −2 Λ⁻ᵀ (v + Λ⁻¹ C Y w).
        const turned = { ...v, data: v.data.slice() };
        const effect = times(w, transposed(spread)).data;
        for (let l = 0; l < solvedShares.rows; l++) addScaled(turned.data, at(effect, l), row(solvedShares, l));
        solveUpper(factor, turned);
        const weights = new Float64Array(v.columns);
        for (let f = 0; f < alphas.rows; f++) addScaled(weights, at(byMeans, f), row(alphas, f));
        addScaled(weights, -byDeviation / deviation, turned.data);
        covariances.addInputGradient(x, weights, out);
        prior.over.addDiagonalInputGradient(x, (0.5 * byDeviation) / deviation, out);
      },
    };
  };
}

/** Further observations. */
export interface Added {
  readonly points: Matrix;
  readonly precisions: Float64Array;
  /** All targets from the first observation on, F×(N + added). */
  readonly targets: Matrix;
}

/**
 * The posterior given further observations. Each is taken as a configuration of its own, so that the factor only grows,
 * even where the configuration is known already: the same posterior.
 */
export function extendAdditive(posterior: AdditivePosterior, added: Added): AdditivePosterior | undefined {
  const { prior, covariances, factor } = posterior;
  const { points, precisions, targets } = added;
  const k = zeros(points.rows, factor.rows);
  for (let i = 0; i < points.rows; i++) covariances.row(row(points, i), row(k, i));
  const corner = zeros(points.rows, points.rows);
  const own = prior.over.with(points);
  for (let i = 0; i < points.rows; i++) own.row(row(points, i), row(corner, i).subarray(0, i + 1));
  for (let i = 0; i < points.rows; i++) row(corner, i)[i] = prior.over.diagonal(row(points, i));
  const grown = grow(factor, { solved: solved(factor, k), corner, noise: precisions.map((p) => 1 / p) });
  if (grown === undefined) return undefined;
  const grouping = extendGrouping(posterior.grouping, points);
  return conditionAdditive(
    {
      prior,
      grouping,
      precisions: concatenated(posterior.precisions, precisions),
      covariances: prior.over.with(grouping.configs),
      factor: grown,
      weights: concatenated(posterior.weights, precisions),
    },
    targets,
  );
}

function extendGrouping({ configs, configOf, resources, levelOf }: Grouping, points: Matrix): Grouping {
  const added = Array.from({ length: points.rows }, (_, i) => i);
  return {
    configs: stack(configs, points),
    configOf: Uint32Array.from([...configOf, ...added.map((i) => configs.rows + i)]),
    resources,
    levelOf: Uint32Array.from([...levelOf, ...added.map((i) => placeOf(resources, row(points, i)))]),
  };
}

function concatenated(one: Float64Array, other: Float64Array): Float64Array {
  return Float64Array.from([...one, ...other]);
}
