/**
 * The model of a study as the acquisition sees it: a Gaussian process of normalised targets, conditioned on observations
 * and on fantasies of what is pending, with predictions in units of the metric.
 *
 *   points  n×D, encoded configurations with the encoded resource as the last coordinate      F  columns of fantasies
 */
import type { Belief, Head } from '../acquisition/head.ts';
import { type Member, predictorTogether, predictTogether } from '../gp/ensemble.ts';
import { drawFantasies } from '../gp/fantasies.ts';
import type { FixedModel } from '../gp/model.ts';
import { observe } from '../gp/observe.ts';
import type { Process } from '../gp/process.ts';
import { at, fromRows, type Matrix, row, stack } from '../linalg/matrix.ts';
import type { Objective } from '../optimize/line-search.ts';
import { type Normalized, normalize } from './targets.ts';

export interface Evidence {
  /** Where there are observations, and their values, to be minimised. */
  readonly points: Matrix;
  readonly values: Float64Array;
  /** Where evaluations are pending. */
  readonly pending: Matrix;
  /** Other resources that something is to be asked about, encoded. */
  readonly alsoAt: readonly number[];
}

export interface Surrogate {
  readonly process: Process;
  /** Where there are observations, and then where evaluations are pending. */
  readonly points: Matrix;
  readonly normalized: Normalized;
  /** Where given, configurations are predicted from these levels together, whatever the resource asked for. */
  readonly ensemble?: readonly Member[];
}

/**
 * Draws fantasies with `normals`, F×m, for the m pending points. Undefined when the posterior cannot be computed; at
 * least one observation is needed.
 */
export function surrogate(model: FixedModel, evidence: Evidence, normals: Matrix): Surrogate | undefined {
  return imagine(learn(model, evidence), evidence.pending, (process) =>
    drawFantasies(process, evidence.pending, normals),
  );
}

/** The surrogate with given fantasies: F×m normalised targets. */
export function surrogateWithFantasies(
  model: FixedModel,
  evidence: Evidence,
  fantasies: Matrix,
): Surrogate | undefined {
  return imagine(learn(model, evidence), evidence.pending, () => fantasies);
}

function learn(model: FixedModel, { points, values, pending, alsoAt }: Evidence): Surrogate | undefined {
  const normalized = normalize(values);
  const resources = Array.from({ length: pending.rows }, (_, i) => at(row(pending, i), pending.columns - 1));
  const process = observe(model, { points, targets: fromRows([normalized.targets]) }, [...resources, ...alsoAt]);
  return process && { process, points, normalized };
}

function imagine(
  learned: Surrogate | undefined,
  pending: Matrix,
  draw: (process: Process) => Matrix | undefined,
): Surrogate | undefined {
  if (learned === undefined || pending.rows === 0) return learned;
  const fantasies = draw(learned.process);
  const process = fantasies && learned.process.extend(pending, fantasies);
  return process && { ...learned, process, points: stack(learned.points, pending) };
}

/** Means (of each column) and deviations at points, in units of the metric. */
export function beliefs({ process, normalized, ensemble }: Surrogate, points: Matrix): Belief[] {
  const own = (some: Matrix) => process.predict(some);
  const { means, variances } = ensemble ? predictTogether(own, points, ensemble) : own(points);
  return Array.from(variances, (variance, i) => ({
    means: row(means, i).map((mean) => normalized.mean + normalized.deviation * mean),
    deviation: normalized.deviation * Math.sqrt(variance),
  }));
}

/**
 * The least mean of each column of fantasies among the points with the encoded resource `code`, pending ones included;
 * among all points where none has it.
 */
export function incumbents(surrogate: Surrogate, code: number): Float64Array {
  const { points } = surrogate;
  const rows = Array.from({ length: points.rows }, (_, i) => row(points, i));
  const level = rows.filter((x) => at(x, x.length - 1) === code);
  const known = beliefs(surrogate, level.length > 0 ? fromRows(level) : points);
  return known
    .map(({ means }) => means)
    .reduce((least, means) => least.map((value, f) => Math.min(value, at(means, f))));
}

/** The acquisition as a function of a point, with its gradient. */
export function acquisition({ process, normalized, ensemble }: Surrogate, head: Head): Objective {
  const predictor = process.predictor();
  const believe = ensemble ? predictorTogether(predictor, ensemble) : predictor;
  return (x) => {
    // A step along a gradient that could not be computed.
    if (!x.every(Number.isFinite)) return undefined;
    const prediction = believe(x);
    const { value, byMeans, byDeviation } = head({
      means: prediction.means.map((mean) => normalized.mean + normalized.deviation * mean),
      deviation: normalized.deviation * prediction.deviation,
    });
    if (!Number.isFinite(value)) return undefined;
    const gradient = () => {
      const out = new Float64Array(x.length);
      const scaled = byMeans.map((by) => by * normalized.deviation);
      prediction.addGradient(scaled, byDeviation * normalized.deviation, out);
      return out;
    };
    let known: Float64Array | undefined;
    return { value, gradient: () => (known ??= gradient()) };
  };
}
