/**
 * The gradient of the likelihood of learning curves, in the notation of learning-curve.ts. With B_i = G + σ² I of curve i
 * and ĥ and Σ the posterior mean and covariance of h − m:
 *
 *   J = s (L Lᵀ)⁻¹ s      Σᵢᵢ = (Sᵢ − Jᵢᵢ)/Sᵢ²      ĥᵢ = (ρᵢ − pᵢ)/Sᵢ
 *   αᵢ = Bᵢ⁻¹ (y_i − γ κ − m − ĥᵢ)      bᵢ = Bᵢ⁻¹ 1
 *
 *   ∂nll by the kernel's   ½ Σᵢⱼ (Jᵢⱼ − pᵢ pⱼ) ∂kᵢⱼ − Σᵢ pᵢ ∂mᵢ
 *   by the curves'         Σ_{s,t} W_st ∂B_st − Σᵢ αᵢ·∂(γ κ),   W = ½ Σᵢ (Bᵢ⁻¹ − Σᵢᵢ bᵢ bᵢᵀ − αᵢ αᵢᵀ)
 *
 * W is summed over the curves of a ladder before the hyperparameters are looked at: O(n³) for the asymptotes of n curves,
 * O(n l²) for their l times, whatever the number of hyperparameters.
 */
import { decay } from '../kernels/power-decay.ts';
import { invert } from '../linalg/inverse.ts';
import { addScaled, at, dot, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { solveLower } from '../linalg/triangular.ts';
import { ALPHA, type ConditionedCurves, type FixedCurveModel, GAMMA, LAMBDA, NOISE, OFFSET } from './curve-model.ts';
import type { Whitening } from './decay-curves.ts';

/**
 * By the codes of all hyperparameters, of which there are `count`. The posterior's factor is overwritten: nothing else of
 * it can be used afterwards.
 */
export function curveLikelihoodGradient(conditioned: ConditionedCurves, count: number): Float64Array {
  const { model, data, precisions, asymptotes } = conditioned;
  const gradient = new Float64Array(count);
  const { factor, rho } = asymptotes;
  const p = row(asymptotes.weights, 0);
  invert(factor);
  const kernelPart = model.kernelPart(gradient);
  const variances = precisions.map((precision, i) => {
    const x = row(data.points, i);
    const weights = asymptoteWeights(conditioned, p, i);
    // The diagonal is halved: it stands for itself only.
    const own = 2 * at(weights, i) + at(p, i) ** 2;
    asymptotes.covariances.addGradient(x, weights, kernelPart);
    model.prior.addMeanGradient(x, -at(p, i), kernelPart);
    return Math.max(0, precision - own) / precision ** 2;
  });
  const means = p.map((own, i) => model.prior.mean(row(data.points, i)) + (at(rho, i) - own) / at(precisions, i));
  for (const [ladder, whitening] of conditioned.whitenings.entries()) {
    const curves = data.ladders.of.flatMap((of, i) => (of === ladder ? [i] : []));
    addDecayGradient(whitening, model, ladderWeights({ conditioned, whitening, curves, means, variances }), gradient);
  }
  return gradient;
}

/** Row i of J − p pᵀ up to the diagonal, whose entry is halved. */
function asymptoteWeights({ asymptotes: { factor, scales } }: ConditionedCurves, p: Float64Array, i: number) {
  const weights = row(factor, i).slice(0, i + 1);
  for (let j = 0; j <= i; j++) {
    weights[j] = at(weights, j) * at(scales, i) * at(scales, j) - at(p, i) * at(p, j);
  }
  weights[i] = 0.5 * at(weights, i);
  return weights;
}

interface Ladder {
  readonly conditioned: ConditionedCurves;
  readonly whitening: Whitening;
  /** The indexes of the curves on it. */
  readonly curves: readonly number[];
  /** Of the asymptotes at all configurations. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** What derivatives by B and by the curves' means are summed with. */
interface LadderWeights {
  /** W. */
  readonly covariance: Matrix;
  /** −Σ αᵢ. */
  readonly mean: Float64Array;
}

function ladderWeights({ conditioned, whitening, curves, means, variances }: Ladder): LadderWeights {
  const { noise } = conditioned.model;
  const { lower, ones } = whitening;
  const size = lower.rows;
  const columns = inverseColumns(lower);
  /** B⁻¹ of what was whitened to c: the leading block of the factor's inverse serves the shorter curves. */
  const solve = (c: Float64Array) => c.map((_, j) => dot(row(columns, j).subarray(0, c.length), c) / noise);
  const lengths: number[] = [];
  const covariance = zeros(size, size);
  const mean = new Float64Array(size);
  for (const i of curves) {
    const w = conditioned.whitened[i] ?? mean;
    const alpha = solve(w.map((value, k) => value - at(ones, k) * at(means, i)));
    lengths.push(w.length);
    addSquare(covariance, -0.5, alpha);
    addSquare(covariance, -0.5 * at(variances, i), solve(ones.slice(0, w.length)));
    for (let s = 0; s < w.length; s++) mean[s] = at(mean, s) - at(alpha, s);
  }
  addInverses(covariance, columns, lengths, 0.5 / noise);
  return { covariance, mean };
}

/** Row j: column j of L⁻¹. */
function inverseColumns(lower: Matrix): Matrix {
  const columns = zeros(lower.rows, lower.rows);
  for (let j = 0; j < lower.rows; j++) row(columns, j)[j] = 1;
  solveLower(lower, columns);
  return columns;
}

/** Adds factor · u uᵀ to the leading block. */
function addSquare(sum: Matrix, factor: number, u: Float64Array): void {
  for (let s = 0; s < u.length; s++) addScaled(row(sum, s).subarray(0, u.length), factor * at(u, s), u);
}

/** Adds factor · (L Lᵀ)⁻¹ of the leading blocks of these lengths: row k of L⁻¹ belongs to all that are longer than k. */
function addInverses(sum: Matrix, columns: Matrix, lengths: readonly number[], factor: number): void {
  for (let k = 0; k < sum.rows; k++) {
    const count = lengths.filter((length) => length > k).length;
    const inverseRow = Float64Array.from({ length: k + 1 }, (_, j) => at(row(columns, j), k));
    addSquare(sum, count * factor, inverseRow);
  }
}

function addDecayGradient(
  { times, decays }: Whitening,
  { decay: { alpha, lambda, gamma, offset = 0 }, noise }: FixedCurveModel,
  weights: LadderWeights,
  gradient: Float64Array,
): void {
  const square = gamma ** 2;
  const add = (place: number, amount: number) => {
    gradient[place] = at(gradient, place) + amount;
  };
  for (const [i, s] of decays.entries()) {
    const byMean = at(weights.mean, i) * gamma;
    add(NOISE, at(row(weights.covariance, i), i) * noise);
    add(ALPHA, byMean * s.byLogAlpha);
    add(LAMBDA, byMean * s.byLogLambda);
    add(GAMMA, byMean * s.value);
    for (const [j, t] of decays.entries()) {
      const weight = at(row(weights.covariance, i), j);
      const sum = decay(at(times, i) + at(times, j), alpha, lambda);
      const byProduct = (own: 'byLogAlpha' | 'byLogLambda') =>
        (square + offset) * sum[own] - square * (s[own] * t.value + s.value * t[own]);
      add(ALPHA, weight * byProduct('byLogAlpha'));
      add(LAMBDA, weight * byProduct('byLogLambda'));
      add(GAMMA, weight * 2 * square * (sum.value - s.value * t.value));
      add(OFFSET, weight * offset * sum.value);
    }
  }
}
