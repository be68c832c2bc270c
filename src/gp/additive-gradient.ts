/**
 * The gradient of the negative log marginal likelihood of an additive process, notation as in additive.ts:
 *
 *   ∂nll = Σ ½ (T⁻¹ − U Uᵀ − a aᵀ)ᵢₖ ∂kₓ(xᵢ, xₖ) + Σ ½ (Q − q qᵀ)ₗₖ ∂Gₗₖ − q·∂β − Σ aᵢ ∂μ + Σ ½ (A⁻¹ⱼⱼ − αⱼ²) ∂σ²ⱼ
 *
 *   a = T⁻¹ (r − C E(b − β))        U = T⁻¹ C Y  m×L        q = z − H E(b − β)        Q = H − (H Y)(H Y)ᵀ
 *   αⱼ = pⱼ (eⱼ − ēᵢ + aᵢ/dᵢ)       A⁻¹ⱼⱼ = pⱼ (1 − pⱼ/dᵢ + pⱼ/dᵢ² T⁻¹ᵢᵢ − pⱼ |Yₗ − (C Y)ᵢ + Uᵢ/dᵢ|²)
 *
 * with e the centred targets less the levels' effects and ē their means per configuration.
 */
import { invert } from '../linalg/inverse.ts';
import { at, dot, type Matrix, row } from '../linalg/matrix.ts';
import { solveUpper } from '../linalg/triangular.ts';
import { type AdditivePosterior, times, transposed } from './additive.ts';
import type { FixedModel } from './model.ts';

/**
 * By the codes of all hyperparameters, of which there are `count`, for one column of targets. The posterior's factor is
 * overwritten. `points`: the observations' points, N×D.
 */
export function additiveGradient(
  posterior: AdditivePosterior,
  { model, points, count }: { readonly model: FixedModel; readonly points: Matrix; readonly count: number },
): Float64Array {
  const gradient = new Float64Array(count);
  const part = model.kernelPart(gradient);
  const { factor, residuals, solvedShares, spread } = posterior;
  const a = { ...residuals, data: residuals.data.slice() };
  solveUpper(factor, a);
  const u = times(transposed(spread), solvedShares);
  solveUpper(factor, u);
  invert(factor);
  addConfigGradient(posterior, { a: a.data, u }, part);
  addEffectGradient(posterior, part);
  posterior.prior.addMeanGradient(-a.data.reduce((sum, own) => sum + own, 0), part);
  const weights = noiseWeights(posterior, { a: a.data, u });
  for (let j = 0; j < points.rows; j++) model.addNoiseGradient(row(points, j), at(weights, j), gradient);
  return gradient;
}

interface Solved {
  readonly a: Float64Array;
  /** Uᵀ, L×m. */
  readonly u: Matrix;
}

/** `factor` holds T⁻¹ by now. */
function addConfigGradient(
  { prior, grouping, covariances, factor }: AdditivePosterior,
  own: Solved,
  part: Float64Array,
) {
  const { a, u } = own;
  const gradient = prior.overPart(part);
  const levels = Array.from({ length: u.rows }, (_, l) => row(u, l));
  for (let i = 0; i < a.length; i++) {
    const weights = row(factor, i).slice(0, i + 1);
    for (const vector of [a, ...levels]) {
      const scale = at(vector, i);
      for (let k = 0; k <= i; k++) weights[k] = at(weights, k) - scale * at(vector, k);
    }
    weights[i] = 0.5 * at(weights, i);
    covariances.addGradient(row(grouping.configs, i), weights, gradient);
  }
}

function addEffectGradient(posterior: AdditivePosterior, part: Float64Array): void {
  const { prior, grouping, information, observed, spread, effects } = posterior;
  const { resources } = grouping;
  const left = times(information, transposed(effects)).data;
  const q = observed.data.map((z, l) => z - at(left, l));
  const known = times(information, spread);
  for (const [l, one] of resources.entries()) {
    prior.addEffectMeanGradient(one, -at(q, l), part);
    for (const [k, other] of resources.entries()) {
      const weight = at(information.data, l * resources.length + k) - dot(row(known, l), row(known, k));
      prior.addEffectCovarianceGradient([one, other], 0.5 * (weight - at(q, l) * at(q, k)), part);
    }
  }
}

/** ½ (A⁻¹ⱼⱼ − αⱼ²) of every observation; `factor` holds T⁻¹ by now. */
function noiseWeights(posterior: AdditivePosterior, { a, u }: Solved): Float64Array {
  const { grouping, precisions, weights, factor, centred, means, effects, shares, spread } = posterior;
  const m = weights.length;
  const explained = times(transposed(spread), shares);
  // ē − aᵢ/dᵢ and (C Y)ᵢ − Uᵢ/dᵢ of each configuration.
  const level = means.data.map((mean, i) => mean - columnDot(shares, i, effects.data) - at(a, i) / at(weights, i));
  const basis = explained.data.map((own, e) => own - at(u.data, e) / at(weights, e % m));
  return precisions.map((p, j) => {
    const [i, l] = [grouping.configOf[j] ?? 0, grouping.levelOf[j] ?? 0];
    const d = at(weights, i);
    let square = 0;
    for (let k = 0; k < spread.rows; k++) square += (at(row(spread, l), k) - at(basis, k * m + i)) ** 2;
    const diagonal = p * (1 - p / d + (p / d ** 2) * at(factor.data, i * m + i) - p * square);
    const alpha = p * (at(centred.data, j) - at(effects.data, l) - at(level, i));
    return 0.5 * (diagonal - alpha ** 2);
  });
}

/** Column i of a matrix times a vector. */
function columnDot({ data, rows, columns }: Matrix, i: number, vector: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < rows; k++) sum += at(data, k * columns + i) * at(vector, k);
  return sum;
}
