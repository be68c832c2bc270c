/**
 * Cholesky factors A = L Lᵀ of symmetric positive definite matrices.
 *
 *   A  n×n symmetric, only its lower triangle is read      L  n×n lower triangular, the rest is arbitrary
 *
 * Small matrices are factored where they are, others on tiles. Both give the same bits.
 */

import { readLower, writeLower } from './copies.ts';
import { eliminate, factorizeSquare } from './elimination.ts';
import { at, type Matrix, zeros } from './matrix.ts';
import { takeTiles, tilesFor } from './tiles.ts';

/** So few rows are factored entry by entry. */
const FEW = 16;

/** Replaces the lower triangle of A by L. False when A is not positive definite; its content is then lost. */
export function factorize(a: Matrix): boolean {
  return a.rows > FEW ? factorizeTiles(a) : factorizeSquare({ data: a.data, start: 0, down: a.rows, right: 1 }, a.rows);
}

function factorizeTiles(a: Matrix): boolean {
  const size = tilesFor(a.rows);
  const tiles = takeTiles(size, size);
  writeLower(tiles, a);
  if (!eliminate(tiles, size, [0, size])) return false;
  readLower(tiles, a);
  return true;
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
