/** The nearest integer; halves go to the even neighbour, so that rounding favours neither side. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  // Adding 0 turns -0, which prints like 0 but is another value to JavaScript, into 0.
  if (rest !== 0.5) return Math.round(x) + 0;
  return floor % 2 === 0 ? floor : floor + 1;
}

export function clip(x: number, [min, max]: readonly [number, number]): number {
  return Math.min(Math.max(x, min), max);
}

/**
 * Seven significant digits in exponent form with at least two exponent digits, such as `1.234560e-03`; halves to even.
 * Numbers that print alike count as the same value of a parameter.
 */
export function sevenDigits(x: number): string {
  const [mantissa = '', exponent = ''] = evenMantissa(x).split('e');
  return `${mantissa}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}

/** JavaScript rounds an exact half away from zero; where the digits end in exactly 5, keep the even neighbour. */
function evenMantissa(x: number): string {
  const rounded = x.toExponential(6);
  if (!/5e/.test(x.toExponential(7))) return rounded;
  const half = /^(-?\d\.\d{5}[02468])50*(e.+)$/.exec(x.toExponential(60));
  return half === null ? rounded : `${half[1]}${half[2]}`;
}
