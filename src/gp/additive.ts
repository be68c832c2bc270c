/**
 * The posterior of a Gaussian process that is a function of the configuration plus one of the resource level,
 *
 *   y_j = h(x_i) + b_l + ε_j,   h ~ GP(μ, kₓ),   b ~ N(β, G),   ε_j ~ N(0, 1/p_j)     (observation j of configuration i at level l)
 *
 * exactly as posterior.ts has it, at a cost cubic in the number of configurations instead of observations. Given b, the
 * observations of a configuration say about h what their mean does, weighted by the precisions p_j: it is an observation
 * of h(x_i) with precision d_i = Σ p_j. What is known of b comes from these means and from the differences within
 * configurations (Rasmussen and Williams 2006, section 2.7: explicit basis functions with a Gaussian prior).
 *
 *   N  observations      m  configurations     L  levels      F  columns of targets, as rows
 *   C  m×L  share of each level in d_i         r  F×m  means of y − μ − β per configuration
 *   T = kₓ(X, X) + diag(1/d)                   Λ  m×m  Cholesky factor of T
 *   H = within + Cᵀ T⁻¹ C  (L×L)               z = within + Cᵀ T⁻¹ r  (F×L): what is observed of b
 *   G = R Rᵀ,  I + Rᵀ H R = M Mᵀ,  Y = R M⁻ᵀ   cov(b | y) = Y Yᵀ,  E(b | y) = β + Y Yᵀ z
 */
import type { Additive, Covariances } from '../kernels/kernel.ts';
import { factorizeWithJitter, logDeterminant } from '../linalg/cholesky.ts';
import { addScaled, at, dot, type Matrix, meanRow, row, zeros } from '../linalg/matrix.ts';
import { solveLower } from '../linalg/triangular.ts';
import type { Grouping } from './grouping.ts';

/** Covariances and precisions of the observations, and the factor of T: all that does not depend on targets. */
export interface Conditions {
  readonly prior: Additive;
  readonly grouping: Grouping;
  /** p, of each observation. */
  readonly precisions: Float64Array;
  readonly covariances: Covariances;
  /** Λ. */
  readonly factor: Matrix;
  /** d. */
  readonly weights: Float64Array;
}

/** What observations say of h and of b. */
export interface AdditivePosterior extends Conditions {
  /** Cᵀ and Λ⁻¹ C, L×m both. */
  readonly shares: Matrix;
  readonly solvedShares: Matrix;
  /** y − μ − β, F×N; r, F×m; and Λ⁻¹ r. */
  readonly centred: Matrix;
  readonly means: Matrix;
  readonly solvedMeans: Matrix;
  /** H, and z as F×L. */
  readonly information: Matrix;
  readonly observed: Matrix;
  /** Y, L×L, the logarithm of |M Mᵀ|, and E(b | y) − β as F×L. */
  readonly spread: Matrix;
  readonly logSpread: number;
  readonly effects: Matrix;
  /** Λ⁻¹ (r − C (E(b | y) − β)), F×m: what means of h are sums with. */
  readonly residuals: Matrix;
}

/** d: how precisely each configuration is known. */
export function weightsOf({ configOf, configs }: Grouping, precisions: Float64Array): Float64Array {
  const weights = new Float64Array(configs.rows);
  for (const [j, i] of configOf.entries()) weights[i] = at(weights, i) + at(precisions, j);
  return weights;
}

/** The factor of T, written `into` an m×m matrix; undefined when there is none, whatever is added to the diagonal. */
export function factorOf(
  covariances: Covariances,
  { configs }: Grouping,
  weights: Float64Array,
  into = zeros(configs.rows, configs.rows),
): Matrix | undefined {
  const fill = (k: Matrix) => {
    for (let i = 0; i < configs.rows; i++) covariances.row(row(configs, i), row(k, i).subarray(0, i + 1));
  };
  return factorizeWithJitter({ size: configs.rows, fill, noise: weights.map((d) => 1 / d) }, into)?.lower;
}

/** Conditions on targets, F×N. Undefined when the levels' effects cannot be computed. */
export function conditionAdditive(conditions: Conditions, targets: Matrix): AdditivePosterior | undefined {
  const { prior, grouping, precisions, weights, factor } = conditions;
  const shares = sharesOf(grouping, precisions, weights);
  const solvedShares = solved(factor, shares);
  const centred = centre(prior, grouping, targets);
  const means = meansOf(conditions, centred);
  const solvedMeans = solved(factor, means);
  const information = withinShares(shares, weights);
  addProducts(information, solvedShares, solvedShares);
  const observed = withinTargets(conditions, centred, means);
  addProducts(observed, solvedMeans, solvedShares);
  const known = spreadOf(prior, grouping.resources, information);
  if (known === undefined) return undefined;
  const effects = times(times(observed, known.spread), transposed(known.spread));
  const residuals = { ...solvedMeans, data: solvedMeans.data.slice() };
  for (let f = 0; f < residuals.rows; f++) {
    for (let l = 0; l < shares.rows; l++) addScaled(row(residuals, f), -at(row(effects, f), l), row(solvedShares, l));
  }
  const found = { shares, solvedShares, centred, means, solvedMeans, information, observed, effects, residuals };
  return { ...conditions, ...found, ...known };
}

/** The same with the mean of all columns as the only one: everything is linear in targets. */
export function averageColumns(posterior: AdditivePosterior): AdditivePosterior {
  const { centred, means, solvedMeans, observed, effects, residuals } = posterior;
  return {
    ...posterior,
    centred: meanRow(centred),
    means: meanRow(means),
    solvedMeans: meanRow(solvedMeans),
    observed: meanRow(observed),
    effects: meanRow(effects),
    residuals: meanRow(residuals),
  };
}

/** The negative log marginal likelihood; for one column of targets. */
export function additiveLikelihood(posterior: AdditivePosterior): number {
  const { grouping, precisions, weights, centred, means, solvedMeans, observed, spread, factor } = posterior;
  let [within, logs] = [0, 0];
  for (const [j, i] of grouping.configOf.entries()) {
    within += at(precisions, j) * (at(centred.data, j) - at(means.data, i)) ** 2;
    logs -= Math.log(at(precisions, j));
  }
  for (const d of weights) logs += Math.log(d);
  const explained = times(observed, spread).data;
  const quadratic = within + dot(solvedMeans.data, solvedMeans.data) - dot(explained, explained);
  const determinant = logs + logDeterminant(factor) + posterior.logSpread;
  return 0.5 * (quadratic + determinant + precisions.length * Math.log(2 * Math.PI));
}

function sharesOf({ configs, resources, configOf, levelOf }: Grouping, precisions: Float64Array, d: Float64Array) {
  const shares = zeros(resources.length, configs.rows);
  for (const [j, i] of configOf.entries()) {
    const place = (levelOf[j] ?? 0) * configs.rows + i;
    shares.data[place] = at(shares.data, place) + at(precisions, j) / at(d, i);
  }
  return shares;
}

/** y − μ − β of every observation. */
function centre({ mean, effectMean }: Additive, { resources, levelOf }: Grouping, targets: Matrix): Matrix {
  const means = resources.map((resource) => mean + effectMean(resource));
  const own = Float64Array.from(levelOf, (l) => at(means, l));
  return { ...targets, data: targets.data.map((target, k) => target - at(own, k % targets.columns)) };
}

/** Weighted means per configuration, F×m. */
function meansOf({ grouping, precisions, weights }: Conditions, values: Matrix): Matrix {
  const means = zeros(values.rows, weights.length);
  for (let f = 0; f < values.rows; f++) {
    const [own, to] = [row(values, f), row(means, f)];
    for (const [j, i] of grouping.configOf.entries()) {
      to[i] = at(to, i) + (at(precisions, j) / at(weights, i)) * at(own, j);
    }
  }
  return means;
}

/** Σᵢ dᵢ (diag(Cᵢ) − Cᵢ Cᵢᵀ), summed without cancellation. */
function withinShares(shares: Matrix, weights: Float64Array): Matrix {
  const levels = shares.rows;
  const within = zeros(levels, levels);
  for (let a = 0; a < levels; a++) {
    for (let b = 0; b < a; b++) {
      const [one, other] = [row(shares, a), row(shares, b)];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += at(weights, i) * at(one, i) * at(other, i);
      within.data[a * levels + b] = -sum;
      within.data[b * levels + a] = -sum;
      within.data[a * levels + a] = at(within.data, a * levels + a) + sum;
      within.data[b * levels + b] = at(within.data, b * levels + b) + sum;
    }
  }
  return within;
}

/** Σ_j p_j (y_j − mean of its configuration) by level, F×L. */
function withinTargets({ grouping, precisions }: Conditions, centred: Matrix, means: Matrix): Matrix {
  const within = zeros(centred.rows, grouping.resources.length);
  for (let f = 0; f < centred.rows; f++) {
    const [own, mean, to] = [row(centred, f), row(means, f), row(within, f)];
    for (const [j, i] of grouping.configOf.entries()) {
      const l = grouping.levelOf[j] ?? 0;
      to[l] = at(to, l) + at(precisions, j) * (at(own, j) - at(mean, i));
    }
  }
  return within;
}

/** Y and log |M Mᵀ|. */
function spreadOf(prior: Additive, resources: Float64Array, information: Matrix) {
  const size = resources.length;
  const none = new Float64Array(size);
  const fill = (g: Matrix) => {
    for (const [l, one] of resources.entries()) {
      for (const [k, other] of resources.entries()) g.data[l * size + k] = prior.effectCovariance(one, other);
    }
  };
  const root = factorizeWithJitter({ size, fill, noise: none })?.lower;
  if (root === undefined) return undefined;
  clearUpper(root);
  const middle = times(transposed(times(information, root)), root);
  const noise = none.map(() => 1);
  const factor = factorizeWithJitter({ size, fill: (k) => k.data.set(middle.data), noise })?.lower;
  if (factor === undefined) return undefined;
  // Row l of Y solves M y = row l of R.
  return { spread: solved(factor, root), logSpread: logDeterminant(factor) };
}

function clearUpper({ data, rows: n }: Matrix): void {
  for (let i = 0; i < n; i++) data.fill(0, i * n + i + 1, (i + 1) * n);
}

/** Every row v of B as L⁻¹ v. */
export function solved(lower: Matrix, b: Matrix): Matrix {
  const copy = { ...b, data: b.data.slice() };
  solveLower(lower, copy);
  return copy;
}

/** C ← C + A Bᵀ. */
function addProducts(c: Matrix, a: Matrix, b: Matrix): void {
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) c.data[i * c.columns + j] = at(row(c, i), j) + dot(row(a, i), row(b, j));
  }
}

/** A B. */
export function times(a: Matrix, b: Matrix): Matrix {
  const product = zeros(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < b.rows; k++) addScaled(row(product, i), at(row(a, i), k), row(b, k));
  }
  return product;
}

export function transposed(a: Matrix): Matrix {
  const turned = zeros(a.columns, a.rows);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) turned.data[j * a.rows + i] = at(row(a, i), j);
  return turned;
}
