/**
 * The model of a study as the acquisition sees it: a Gaussian process of normalised targets, conditioned on observations
 * and on fantasies of what is pending, with predictions in units of the metric.
 *
 *   points  n×D, encoded configurations with the encoded resource as the last coordinate      F  columns of fantasies
 */
import type { Belief, Head } from '../acquisition/head.ts';
import { type Member, predictorTogether, predictTogether } from '../gp/ensemble.ts';
import { drawFantasies, extend } from '../gp/fantasies.ts';
import { pointPredictor } from '../gp/input-gradient.ts';
import type { FixedModel } from '../gp/model.ts';
import { condition, type Posterior, predict } from '../gp/posterior.ts';
import { at, fromRows, type Matrix, row } from '../linalg/matrix.ts';
import type { Objective } from '../optimize/line-search.ts';
import { type Normalized, normalize } from './targets.ts';

export interface Evidence {
  /** Where there are observations, and their values, to be minimised. */
  readonly points: Matrix;
  readonly values: Float64Array;
  /** Where evaluations are pending. */
  readonly pending: Matrix;
}

export interface Surrogate {
  readonly posterior: Posterior;
  readonly normalized: Normalized;
  /** Where given, configurations are predicted from these levels together, whatever the resource asked for. */
  readonly ensemble?: readonly Member[];
}

/**
 * Draws fantasies with `normals`, F×m, for the m pending points. Undefined when the posterior cannot be computed; at
 * least one observation is needed.
 */
export function surrogate(model: FixedModel, evidence: Evidence, normals: Matrix): Surrogate | undefined {
  return imagine(observe(model, evidence), evidence.pending, (posterior) =>
    drawFantasies(posterior, evidence.pending, normals),
  );
}

/** The surrogate with given fantasies: F×m normalised targets. */
export function surrogateWithFantasies(
  model: FixedModel,
  evidence: Evidence,
  fantasies: Matrix,
): Surrogate | undefined {
  return imagine(observe(model, evidence), evidence.pending, () => fantasies);
}

function observe(model: FixedModel, { points, values }: Evidence): Surrogate | undefined {
  const normalized = normalize(values);
  const posterior = condition(model, points, fromRows([normalized.targets]));
  return posterior && { posterior, normalized };
}

function imagine(
  observed: Surrogate | undefined,
  pending: Matrix,
  draw: (posterior: Posterior) => Matrix | undefined,
): Surrogate | undefined {
  if (observed === undefined || pending.rows === 0) return observed;
  const fantasies = draw(observed.posterior);
  const posterior = fantasies && extend(observed.posterior, pending, fantasies);
  return posterior && { ...observed, posterior };
}

/** Means (of each column) and deviations at points, in units of the metric. */
export function beliefs({ posterior, normalized, ensemble }: Surrogate, points: Matrix): Belief[] {
  const own = (some: Matrix) => predict(posterior, some);
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
  const { points } = surrogate.posterior;
  const rows = Array.from({ length: points.rows }, (_, i) => row(points, i));
  const level = rows.filter((x) => at(x, x.length - 1) === code);
  const known = beliefs(surrogate, level.length > 0 ? fromRows(level) : points);
  return known
    .map(({ means }) => means)
    .reduce((least, means) => least.map((value, f) => Math.min(value, at(means, f))));
}

/** The acquisition as a function of a point, with its gradient. */
export function acquisition({ posterior, normalized, ensemble }: Surrogate, head: Head): Objective {
  const predictor = pointPredictor(posterior);
  const believe = ensemble ? predictorTogether(predictor, ensemble) : predictor;
  return (x) => {
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
