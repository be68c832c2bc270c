/**
 * The logarithm of the gamma function for x > 0, by Stirling's series after shifting x upwards (Abramowitz and Stegun
 * 1964, 6.1.15 and 6.1.41). Error about 1e-14, relative where the value exceeds 1.
 */
export function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < SERIES_FROM; y++) shift += Math.log(y);
  const inverse = 1 / y;
  const square = inverse * inverse;
  const series = SERIES.reduceRight((sum, coefficient) => sum * square + coefficient, 0) * inverse;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** From here on the series' terms below suffice. */
const SERIES_FROM = 12;

/** B₂ₖ/(2k (2k − 1)), k = 1, 2, …, with Bernoulli's numbers B. */
const SERIES = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
