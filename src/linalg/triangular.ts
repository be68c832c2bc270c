/**
 * Systems of equations with a triangular factor. Right-hand sides are rows: what a textbook writes as L X = B with the
 * systems in the columns of B is here X Lᵀ = B with the systems in its rows, so that each system is contiguous.
 *
 *   L  n×n lower triangular      B, X  m×n, a system per row
 */
import { at, type Matrix } from './matrix.ts';
import { BLOCK, subtractProducts } from './products.ts';

/** Solves L x = b for every row of B, in place. m n²/2 multiplications and additions. */
export function solveLower(lower: Matrix, b: Matrix): void {
  const n = lower.rows;
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    for (let system = 0; system < b.rows; system++) substitute(lower, b.data, system * n, [start, end]);
    eliminate(lower, b, b.rows, [start, end]);
  }
}

type Range = readonly [start: number, end: number];

/** Forward substitution among the unknowns of a range, for the system that begins at `offset`. */
export function substitute({ data, rows: n }: Matrix, x: Float64Array, offset: number, [start, end]: Range): void {
  for (let i = start; i < end; i++) {
    let sum = at(x, offset + i);
    for (let k = start; k < i; k++) sum -= at(data, i * n + k) * at(x, offset + k);
    x[offset + i] = sum / at(data, i * n + i);
  }
}

/** Subtracts the products of the unknowns of a range from all later right-hand sides of the first `systems` rows. */
export function eliminate(lower: Matrix, x: Matrix, systems: number, [start, end]: Range): void {
  const n = lower.rows;
  const solved = { data: x.data, offset: start, stride: n, rows: systems };
  for (let later = end; later < n; later += BLOCK) {
    const part = { data: lower.data, offset: later * n + start, stride: n, rows: Math.min(BLOCK, n - later) };
    subtractProducts({ data: x.data, offset: later, stride: n }, solved, part, end - start);
  }
}

/** Solves Lᵀ x = b for every row of B, in place. m n²/2 multiplications and additions. */
export function solveUpper(lower: Matrix, b: Matrix): void {
  for (let system = 0; system < b.rows; system++) solveUpperOne(lower, b.data, system * lower.rows);
}

/** Backward, taking each solved unknown out of all earlier ones: row i of L is column i of Lᵀ. */
function solveUpperOne({ data, rows: n }: Matrix, x: Float64Array, offset: number): void {
  for (let i = n - 1; i >= 0; i--) {
    const solved = at(x, offset + i) / at(data, i * n + i);
    x[offset + i] = solved;
    for (let k = 0; k < i; k++) x[offset + k] = at(x, offset + k) - solved * at(data, i * n + k);
  }
}
