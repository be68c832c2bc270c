/**
 * Predictions of a configuration from several resource levels at once (Li et al. 2022, "Hyper-Tune: Towards Efficient
 * Hyper-parameter Tuning at Scale", arXiv 2201.06834):
 *
 *   mean_f(x) = Σ_k θ_k mean_f(x, ρ_k)          variance(x) = Σ_k θ_k² variance(x, ρ_k)
 *
 *   θ_k  weight of level k      ρ_k  its encoded resource, in place of the last coordinate of x      f  column of targets
 */
import { addScaled, type Matrix, zeros } from '../linalg/matrix.ts';
import type { PointPrediction } from './input-gradient.ts';
import type { Prediction } from './posterior.ts';

export interface Member {
  /** ρ. */
  readonly code: number;
  /** θ. */
  readonly weight: number;
}

/** What all members together predict at points; at least one member. */
export function predictTogether(
  predict: (points: Matrix) => Prediction,
  points: Matrix,
  members: readonly Member[],
): Prediction {
  const parts = members.map(({ code, weight }) => ({ weight, ...predict(pointsAt(points, code)) }));
  const means = zeros(points.rows, parts[0]?.means.columns ?? 0);
  const variances = new Float64Array(points.rows);
  for (const part of parts) {
    addScaled(means.data, part.weight, part.means.data);
    addScaled(variances, part.weight ** 2, part.variances);
  }
  return { means, variances };
}

/** The same point by point. Nothing depends on the last coordinate. */
export function predictorTogether(
  predict: (x: Float64Array) => PointPrediction,
  members: readonly Member[],
): (x: Float64Array) => PointPrediction {
  return (x) => {
    const parts = members.map(({ code, weight }) => ({ weight, ...predict(pointAt(x, code)) }));
    const means = new Float64Array(parts[0]?.means.length ?? 0);
    for (const part of parts) addScaled(means, part.weight, part.means);
    const deviation = Math.hypot(...parts.map((part) => part.weight * part.deviation));
    return {
      means,
      deviation,
      addGradient(byMeans, byDeviation, out) {
        for (const part of parts) {
          const byOwn = (byDeviation * part.weight ** 2 * part.deviation) / deviation;
          part.addGradient(
            byMeans.map((by) => by * part.weight),
            byOwn,
            out,
          );
        }
      },
    };
  };
}

/** The configurations of points, at the level with this encoded resource. */
export function pointsAt(points: Matrix, code: number): Matrix {
  const last = points.columns - 1;
  return { ...points, data: points.data.map((value, i) => (i % points.columns === last ? code : value)) };
}

function pointAt(x: Float64Array, code: number): Float64Array {
  return x.map((value, i) => (i === x.length - 1 ? code : value));
}
