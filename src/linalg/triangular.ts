/**
 * Systems of equations with a triangular factor. Right-hand sides are rows: what a textbook writes as L X = B with the
 * systems in the columns of B is here X Lᵀ = B with the systems in its rows, so that each system is contiguous.
 *
 *   L  n×n lower triangular      B, X  m×n, a system per row
 */
import { at, type Matrix } from './matrix.ts';
import { subtractLargeProducts } from './products.ts';

/** Solves L x = b for every row of B, in place. m n²/2 multiplications and additions. */
export function solveLower(lower: Matrix, b: Matrix): void {
  solveUnknowns(lower, b, { start: 0, end: lower.rows, systems: () => b.rows });
}

/** Some of the unknowns. */
export interface Unknowns {
  readonly start: number;
  readonly end: number;
  /** How many rows of B, from the first on, have nonzero right-hand sides before unknown `end`. */
  systems(end: number): number;
}

/** So few unknowns are solved one by one. */
const FEW = 8;

/** Solves for unknowns start … end − 1; what the unknowns before them contribute has been subtracted. */
export function solveUnknowns(lower: Matrix, b: Matrix, { start, end, systems }: Unknowns): void {
  const n = lower.rows;
  if (end - start <= FEW) {
    for (let i = 0; i < systems(end); i++) substitute(lower, b.data, i * n, [start, end]);
    return;
  }
  const middle = start + FEW * Math.ceil((end - start) / FEW / 2);
  solveUnknowns(lower, b, { start, end: middle, systems });
  const solved = { data: b.data, offset: start, stride: n, rows: systems(middle) };
  const coefficients = { data: lower.data, offset: middle * n + start, stride: n, rows: end - middle };
  subtractLargeProducts({ data: b.data, offset: middle, stride: n }, solved, coefficients, middle - start);
  solveUnknowns(lower, b, { start: middle, end, systems });
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
