/**
 * Systems of equations with a triangular factor. Right-hand sides are rows: what a textbook writes as L X = B with the
 * systems in the columns of B is here X Lᵀ = B with the systems in its rows, so that each system is contiguous.
 *
 *   L  n×n lower triangular      B, X  m×n, a system per row
 *
 * A few systems are solved where they are, more of them on tiles. Both give the same bits.
 */
import { read, write, writeLower, writeTurned } from './copies.ts';
import { eliminate } from './elimination.ts';
import { at, type Matrix, row } from './matrix.ts';
import { type Range, takeTiles, tilesFor } from './tiles.ts';

/** So few systems with L, or with its transpose, are solved one after the other: copying L would take longer. */
const FEW_LOWER = 3;
const FEW_UPPER = 8;

/** Solves L x = b for every row of B, in place. m n²/2 multiplications and additions. */
export function solveLower(lower: Matrix, b: Matrix): void {
  if (b.rows > FEW_LOWER) solveTiles(lower, b);
  else for (let i = 0; i < b.rows; i++) substitute(lower, b.data, i * lower.rows, [0, lower.rows]);
}

/** Solves Lᵀ x = b for every row of B, in place. m n²/2 multiplications and additions. */
export function solveUpper(lower: Matrix, b: Matrix): void {
  if (b.rows > FEW_UPPER) solveTiles(lower, b, true);
  else for (let i = 0; i < b.rows; i++) substituteBack(lower, row(b, i));
}

/** With the order of the unknowns turned around, the transpose of L is a lower triangle, too. */
function solveTiles(lower: Matrix, b: Matrix, isTransposed = false): void {
  const [columns, systems] = [tilesFor(lower.rows), tilesFor(b.rows)];
  const tiles = takeTiles(columns + systems, columns);
  if (isTransposed) writeTurned(tiles, lower);
  else writeLower(tiles, lower);
  if (isTransposed) turn(b);
  write(tiles, b, { panel: columns });
  eliminate(tiles, columns, [columns, columns + systems]);
  read(tiles, b, { panel: columns });
  if (isTransposed) turn(b);
}

function turn(b: Matrix): void {
  for (let i = 0; i < b.rows; i++) row(b, i).reverse();
}

/**
 * Solves L x = b, in place, among the unknowns of a range, for the system that begins at `offset`. Four unknowns at a time,
 * so that their sums do not wait for each other; each takes its products in the order in which unknowns are solved.
 */
export function substitute(lower: Matrix, data: Float64Array, offset: number, [start, end]: Range): void {
  const x = data.subarray(offset);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    takeSolved(lower, x, i, start);
    for (let j = i; j < i + 4; j++) solveNext(lower, x, j, i);
  }
  for (; i < end; i++) solveNext(lower, x, i, start);
}

/** Takes the unknowns from `start` to before i out of equations i … i + 3. */
function takeSolved({ data: l, rows: n }: Matrix, x: Float64Array, i: number, start: number): void {
  const [l0, l1, l2, l3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
  let s0 = at(x, i);
  let s1 = at(x, i + 1);
  let s2 = at(x, i + 2);
  let s3 = at(x, i + 3);
  for (let k = start; k < i; k++) {
    const solved = at(x, k);
    s0 -= at(l, l0 + k) * solved;
    s1 -= at(l, l1 + k) * solved;
    s2 -= at(l, l2 + k) * solved;
    s3 -= at(l, l3 + k) * solved;
  }
  x[i] = s0;
  x[i + 1] = s1;
  x[i + 2] = s2;
  x[i + 3] = s3;
}

/** Unknown i, from equation i, from which unknowns before `start` have been taken. */
function solveNext({ data: l, rows: n }: Matrix, x: Float64Array, i: number, start: number): void {
  let sum = at(x, i);
  for (let k = start; k < i; k++) sum -= at(l, i * n + k) * at(x, k);
  x[i] = sum / at(l, i * n + i);
}

/** Solves Lᵀ x = b, in place, from the last unknown on: row i of L is column i of Lᵀ. */
export function substituteBack(lower: Matrix, x: Float64Array): void {
  let end = lower.rows;
  for (; end >= 4; end -= 4) {
    for (let i = end - 1; i >= end - 4; i--) solveLast(lower, x, i, end - 4);
    takeLast(lower, x, end - 4);
  }
  for (let i = end - 1; i >= 0; i--) solveLast(lower, x, i, 0);
}

/** Unknown i, and takes it out of equations `start` … i − 1. */
function solveLast({ data: l, rows: n }: Matrix, x: Float64Array, i: number, start: number): void {
  const solved = at(x, i) / at(l, i * n + i);
  x[i] = solved;
  for (let k = start; k < i; k++) x[k] = at(x, k) - solved * at(l, i * n + k);
}

/** Takes unknowns i + 3, i + 2, i + 1 and i out of all equations before them. */
function takeLast({ data: l, rows: n }: Matrix, x: Float64Array, i: number): void {
  const [l0, l1, l2, l3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
  const [x0, x1, x2, x3] = [at(x, i), at(x, i + 1), at(x, i + 2), at(x, i + 3)];
  for (let k = 0; k < i; k++) {
    x[k] = at(x, k) - x3 * at(l, l3 + k) - x2 * at(l, l2 + k) - x1 * at(l, l1 + k) - x0 * at(l, l0 + k);
  }
}
