/**
 * Cholesky factors A = L Lᵀ of symmetric positive definite matrices.
 *
 *   A  n×n symmetric, only its lower triangle is read      L  n×n lower triangular, the rest is arbitrary
 *
 * Recursive: the left half of the columns is factored, its products are subtracted from the right half, the right half is
 * factored (Gustavson 1997, "Recursion leads to automatic variable blocking for dense linear-algebra algorithms"). So
 * nearly all of the n³/6 multiplications and additions are in products of large blocks.
 */
import { at, type Matrix, zeros } from './matrix.ts';
import { subtractGramProducts, subtractLargeProducts } from './products.ts';

/** A pivot below this square is rounding noise, whatever the scale of A: its root would make L meaningless. */
const LEAST_PIVOT = 1e-10 ** 2;

/** So few columns are factored entry by entry. */
const FEW = 8;

/** Replaces the lower triangle of A by L. False when A is not positive definite; its content is then lost. */
export function factorize(a: Matrix): boolean {
  return factorizeColumns(a, 0, a.rows);
}

/** Columns start … end − 1 of L, in all rows; what the columns to their left contribute has been subtracted. */
function factorizeColumns(a: Matrix, start: number, end: number): boolean {
  if (end - start <= FEW) return factorizeFew(a, start, end);
  const middle = start + FEW * Math.ceil((end - start) / FEW / 2);
  if (!factorizeColumns(a, start, middle)) return false;
  const n = a.rows;
  const depth = middle - start;
  const left = { data: a.data, offset: middle * n + start, stride: n };
  const corner = { data: a.data, offset: middle * n + middle, stride: n };
  subtractGramProducts(corner, { ...left, rows: end - middle }, depth);
  const below = { ...left, offset: end * n + start, rows: n - end };
  subtractLargeProducts({ ...corner, offset: end * n + middle }, below, { ...left, rows: end - middle }, depth);
  return factorizeColumns(a, middle, end);
}

/** The same entry by entry. */
function factorizeFew({ data, rows: n }: Matrix, start: number, end: number): boolean {
  for (let i = start; i < n; i++) {
    for (let j = start; j < Math.min(i, end); j++) {
      let sum = at(data, i * n + j);
      for (let k = start; k < j; k++) sum -= at(data, i * n + k) * at(data, j * n + k);
      data[i * n + j] = sum / at(data, j * n + j);
    }
    if (i < end && !setPivot(data, i * n + start, i - start)) return false;
  }
  return true;
}

/** The diagonal entry `length` places after `offset`, from the row's entries in between. */
function setPivot(data: Float64Array, offset: number, length: number): boolean {
  let pivot = at(data, offset + length);
  for (let k = offset; k < offset + length; k++) pivot -= at(data, k) ** 2;
  data[offset + length] = Math.sqrt(pivot);
  // A NaN fails, too.
  return pivot >= LEAST_PIVOT;
}

/** A matrix to be factored, and how to write it down. */
export interface Covariance {
  readonly size: number;
  /** Writes the lower triangle of K. Called once per attempt. */
  fill(k: Matrix): void;
  /** Added to the diagonal: n numbers. */
  readonly noise: Float64Array;
}

export interface Factor {
  readonly lower: Matrix;
  /** What had to be added to the diagonal beside the noise, usually 0. */
  readonly jitter: number;
}

/** First addition to the diagonal, and the last, relative to the mean of the diagonal (or 1 where that is greater). */
const FIRST_JITTER = 1e-9;
const LAST_JITTER = 1e3;

/**
 * Factors K + noise + jitter with the first jitter of 0, j, 10 j, 100 j, … that makes it positive definite; j is 1e-9
 * times the mean of K's diagonal, or of 1. The factor is written into `lower`, n×n. Undefined when none does: then K holds a NaN, or is far from a covariance.
 */
export function factorizeWithJitter(
  { size, fill, noise }: Covariance,
  lower: Matrix = zeros(size, size),
): Factor | undefined {
  let jitter = 0;
  let scale = 1;
  do {
    fill(lower);
    scale = Math.max(1, meanDiagonal(lower));
    for (let i = 0; i < size; i++) lower.data[i * size + i] = at(lower.data, i * size + i) + at(noise, i) + jitter;
    if (factorize(lower)) return { lower, jitter };
    jitter = jitter === 0 ? FIRST_JITTER * scale : 10 * jitter;
  } while (jitter <= LAST_JITTER * scale);
  return undefined;
}

function meanDiagonal({ data, rows: n }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += at(data, i * n + i);
  return sum / n;
}

/** log |A| = 2 Σ log Lᵢᵢ. */
export function logDeterminant({ data, rows: n }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(at(data, i * n + i));
  return 2 * sum;
}
