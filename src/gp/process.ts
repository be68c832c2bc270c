/**
 * A Gaussian process that observations are known of, whatever its inside: dense (posterior.ts), or a sum of a function of
 * the configuration and one of the resource (additive.ts).
 */
import type { Matrix } from '../linalg/matrix.ts';
import type { PointPrediction } from './input-gradient.ts';
import type { Prediction } from './posterior.ts';

export interface Process {
  /** Means and variances at points. */
  predict(points: Matrix): Prediction;
  /** Means at points, and the lower triangle of their covariances. */
  predictJointly(points: Matrix): JointPrediction;
  /** The process whose one column of targets is the mean of all. */
  averaged(): Process;
  /** Predicts points one by one, with derivatives by the configuration. */
  predictor(): (x: Float64Array) => PointPrediction;
  /**
   * Given further targets, F×P, at P points; one column of targets so far stands for all F. Undefined when that is
   * numerically impossible.
   */
  extend(points: Matrix, targets: Matrix): Process | undefined;
}

export interface JointPrediction {
  /** P×F. */
  readonly means: Matrix;
  readonly covariance: Matrix;
}
