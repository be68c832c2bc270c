/** Observed values, shifted and scaled to mean 0 and standard deviation 1. */
export interface Normalized {
  readonly targets: Float64Array;
  /** value = mean + deviation · target; the deviation is positive. */
  readonly mean: number;
  readonly deviation: number;
}

/** Values that agree to so many digits differ by rounding only. */
const EQUAL = 1e-12;

/** Greater numbers count as this, so that what is predicted from them is a number, too. */
const GREATEST = 1e304;

/** Of equal values, or none, the deviation is taken to be 1. */
export function normalize(observed: Float64Array): Normalized {
  const values = observed.map((value) => Math.min(GREATEST, Math.max(-GREATEST, value)));
  // Relative to the largest, so that squares neither overflow nor underflow.
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const relative = values.map((value) => value / scale);
  const mean = average(relative);
  const deviation = Math.sqrt(average(relative.map((value) => (value - mean) ** 2)));
  if (deviation <= EQUAL) return { targets: values.map(() => 0), mean: mean * scale, deviation: 1 };
  return {
    targets: relative.map((value) => (value - mean) / deviation),
    mean: mean * scale,
    deviation: Math.max(deviation * scale, Number.MIN_VALUE),
  };
}

/**
 * Values to be minimised, none of them further above the median than the best is below it: how bad the bad ones are
 * matters little, but would stretch the scale on which the good ones differ.
 */
export function clipWorst(values: Float64Array): Float64Array {
  const ascending = values.toSorted();
  const median = ascending[Math.floor((ascending.length - 1) / 2)] ?? 0;
  const worst = median + (median - (ascending[0] ?? 0));
  // Where half of them are equally good, nothing says which differences matter.
  return worst > median ? values.map((value) => Math.min(value, worst)) : values;
}

function average(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
