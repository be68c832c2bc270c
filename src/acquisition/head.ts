/** What a model says of one point. */
export interface Belief {
  /** Of each column of fantasies. */
  readonly means: Float64Array;
  /** The same for all columns, positive. */
  readonly deviation: number;
}

/** The acquisition's value, to be minimised, and its derivatives. */
export interface Score {
  readonly value: number;
  readonly byMeans: Float64Array;
  readonly byDeviation: number;
}

/** An acquisition as a function of means and deviation. */
export type Head = (belief: Belief) => Score;

/** Deviations are at least this, so that they can be divided by. */
export const LEAST_DEVIATION = 1e-10;
