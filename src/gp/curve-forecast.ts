/**
 * Where learning curves go: what the additive model says of trials at a later time, pending evaluations imputed.
 *
 * Given its asymptote h, the curve of a trial at time τ is normal with mean a + b h and a variance of its own:
 *
 *   a = γ κ(τ) + G(τ, T) B⁻¹ (y − γ κ(T))      b = 1 − G(τ, T) B⁻¹ 1      variance = G(τ, τ) − G(τ, T) B⁻¹ G(T, τ)
 *
 * with T and y what it was observed at so far, and B = G(T, T) + σ² I; of a new configuration a = γ κ(τ), b = 1, G(τ, τ).
 */
import { decay } from '../kernels/power-decay.ts';
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { subtractGram } from '../linalg/growth.ts';
import { at, dot, fromRows, type Matrix, row, stack, zeros } from '../linalg/matrix.ts';
import { substitute } from '../linalg/triangular.ts';
import { type CurveData, conditionCurves, type FixedCurveModel, whiteningOf } from './curve-model.ts';
import { type Curve, decayCovariance, laddersOf, sumsOf, type Whitening, whiten, whitenings } from './decay-curves.ts';
import {
  type AsymptotePosterior,
  asymptoteAt,
  conditionAsymptotes,
  predictAsymptotes,
  solveAsymptoteCovariances,
} from './learning-curve.ts';

/** An evaluation under way: of the trial of a curve, or of a configuration without one. */
export interface PendingTime {
  /** Index of its curve. */
  readonly curve: number | undefined;
  readonly point: Float64Array;
  readonly time: number;
}

export interface Forecast {
  readonly model: FixedCurveModel;
  /** Of the curves, those of pending configurations without one last. */
  readonly points: Matrix;
  readonly asymptotes: AsymptotePosterior;
  /** How many columns of fantasies there are; 1 without. */
  readonly columns: number;
  readonly curves: readonly WhitenedCurve[];
}

interface WhitenedCurve {
  readonly whitening: Whitening;
  /** w for each column; one where all are equal. */
  readonly whitened: readonly Float64Array[];
}

/** What is believed of a curve at one time: a mean for each column of fantasies, one variance. */
export interface Expected {
  readonly means: Float64Array;
  readonly variance: number;
}

/**
 * normals: F×2m for m pending evaluations, of which F draws are made. Undefined when a covariance cannot be factored.
 * Where F is 0, pending evaluations are left out.
 */
export function forecast(
  model: FixedCurveModel,
  data: CurveData,
  pending: readonly PendingTime[],
  normals: Matrix,
): Forecast | undefined {
  const conditioned = conditionCurves(model, data);
  if (conditioned === undefined) return undefined;
  const { asymptotes, whitened, whitenings: all } = conditioned;
  const curves = whitened.map((w, i) => ({ whitening: whiteningOf(all, data.ladders, i), whitened: [w] }));
  const known: Forecast = { model, points: data.points, asymptotes, columns: 1, curves };
  if (pending.length === 0 || normals.rows === 0) return known;
  const draws = drawPending(known, pending, normals);
  return draws && imagine(known, data, pending, draws);
}

/** Added to the variances of asymptotes that are drawn jointly. */
const DRAW_JITTER = 1e-9;

/** F×m draws of what pending evaluations will turn out to be. */
function drawPending(known: Forecast, pending: readonly PendingTime[], normals: Matrix): Matrix | undefined {
  const m = pending.length;
  const { means, lower } = jointAsymptotes(known, fromRows(pending.map(({ point }) => point)));
  if (lower === undefined) return undefined;
  const lines = pending.map(({ curve, time }) => lineAt(known, curve, time));
  const draws = zeros(normals.rows, m);
  for (let f = 0; f < normals.rows; f++) {
    const epsilon = row(normals, f);
    for (const [i, { intercepts, slope, variance }] of lines.entries()) {
      const h = at(means, i) + dot(row(lower, i).subarray(0, i + 1), epsilon);
      draws.data[f * m + i] = at(intercepts, 0) + slope * h + Math.sqrt(variance) * at(epsilon, m + i);
    }
  }
  return draws;
}

/** Means and Cholesky factor of the covariance of some asymptotes. */
function jointAsymptotes({ asymptotes }: Forecast, points: Matrix) {
  const covariances = asymptotes.prior.with(points);
  const solved = solveAsymptoteCovariances(asymptotes, points);
  const { means, variances } = predictAsymptotes(asymptotes, points, solved);
  const fill = (k: Matrix) => {
    for (let i = 0; i < k.rows; i++) covariances.row(row(points, i), row(k, i));
    subtractGram(k, solved);
    for (let i = 0; i < k.rows; i++) row(k, i)[i] = at(variances, i);
  };
  const noise = new Float64Array(points.rows).fill(DRAW_JITTER);
  return { means: means.data, lower: factorizeWithJitter({ size: points.rows, fill, noise })?.lower };
}

/** The forecast with each pending evaluation's draws, F×m, as the next observation of its curve. */
function imagine(
  { model, asymptotes }: Forecast,
  data: CurveData,
  pending: readonly PendingTime[],
  draws: Matrix,
): Forecast | undefined {
  const fresh = pending.filter(({ curve }) => curve === undefined);
  const points = stack(
    data.points,
    fromRows(
      fresh.map(({ point }) => point),
      data.points.columns,
    ),
  );
  const curves: Curve[] = [...data.curves];
  /** Which draw each curve ends with. */
  const drawOf = new Map<number, number>();
  for (const [k, own] of pending.entries()) {
    const i = own.curve ?? data.curves.length + fresh.indexOf(own);
    drawOf.set(i, k);
    curves[i] = extended(curves[i], own.time);
  }
  const ladders = laddersOf(curves);
  const all = whitenings(ladders, model.decay, model.noise);
  if (all === undefined) return undefined;
  const columns = draws.rows;
  const placed = curves.map(({ values }, i): WhitenedCurve => {
    const whitening = whiteningOf(all, ladders, i);
    const k = drawOf.get(i);
    const ends = k === undefined ? [] : Array.from({ length: columns }, (_, f) => at(row(draws, f), k));
    const versions = k === undefined ? [values] : ends.map((end) => values.with(-1, end));
    return { whitening, whitened: versions.map((own) => whiten(whitening, own, model.decay.gamma)) };
  });
  const known = conditionAsymptotes(asymptotes.prior, points, evidenceOf(placed, columns, model.noise));
  return known && { model, points, asymptotes: known, columns, curves: placed };
}

/** With one more observation, whose value is yet to be drawn. */
function extended(curve: Curve | undefined, time: number): Curve {
  return {
    times: Float64Array.of(...(curve?.times ?? []), time),
    values: Float64Array.of(...(curve?.values ?? []), 0),
  };
}

function evidenceOf(curves: readonly WhitenedCurve[], columns: number, noise: number) {
  const precisions = new Float64Array(curves.length);
  const totals = zeros(columns, curves.length);
  for (const [i, { whitening, whitened }] of curves.entries()) {
    const sums = whitened.map((w) => sumsOf(whitening, w));
    precisions[i] = (sums[0]?.vv ?? 0) / noise;
    for (let f = 0; f < columns; f++) row(totals, f)[i] = (sums[f % sums.length]?.vw ?? 0) / noise;
  }
  return { precisions, totals };
}

/** A curve at one time, given its asymptote. */
interface Line {
  /** a, one per column. */
  readonly intercepts: Float64Array;
  /** b. */
  readonly slope: number;
  readonly variance: number;
}

/** Of the curve with this index, or of a new configuration. */
function lineAt({ model, curves, columns }: Forecast, curve: number | undefined, time: number): Line {
  const { decay: values, noise } = model;
  const { alpha, lambda, gamma } = values;
  const kappa = (t: number) => decay(t, alpha, lambda).value;
  const own = kappa(time);
  const variance = decayCovariance(values, own, own, kappa(2 * time));
  const intercepts = new Float64Array(columns).fill(gamma * own);
  const known = curve === undefined ? undefined : curves[curve];
  if (known === undefined) return { intercepts, slope: 1, variance };
  const { whitening, whitened } = known;
  const g = Float64Array.from({ length: whitened[0]?.length ?? 0 }, (_, j) => {
    const sum = kappa(time + at(whitening.times, j));
    return decayCovariance(values, own, whitening.decays[j]?.value ?? 0, sum) / noise;
  });
  substitute(whitening.lower, g, 0, [0, g.length]);
  return {
    intercepts: intercepts.map((a, f) => a + dot(g, whitened[f % whitened.length] ?? g)),
    slope: 1 - dot(g, whitening.ones),
    variance: Math.max(0, variance - noise * dot(g, g)),
  };
}

/** Every curve at one time. */
export function expectCurves(known: Forecast, time: number): Expected[] {
  const { means, variances } = predictAsymptotes(known.asymptotes, known.points);
  return known.curves.map((_, i) => onLine(lineAt(known, i, time), row(means, i), at(variances, i)));
}

/** New configurations at one time. */
export function expectNew(known: Forecast, points: Matrix, time: number): Expected[] {
  const line = lineAt(known, undefined, time);
  const { means, variances } = predictAsymptotes(known.asymptotes, points);
  return Array.from(variances, (variance, i) => onLine(line, row(means, i), variance));
}

/** A new configuration at one time, and the gradient of a function of its means and variance. */
export function expectNewAt(known: Forecast, time: number) {
  const line = lineAt(known, undefined, time);
  return (x: Float64Array) => {
    const asymptote = asymptoteAt(known.asymptotes, x);
    return { ...onLine(line, asymptote.means, asymptote.variance), addGradient: asymptote.addGradient };
  };
}

function onLine({ intercepts, slope, variance }: Line, asymptotes: Float64Array, uncertainty: number): Expected {
  return {
    means: asymptotes.map((h, f) => at(intercepts, f) + slope * h),
    variance: slope ** 2 * uncertainty + variance,
  };
}
