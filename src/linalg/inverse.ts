/**
 * The inverse of A = L Lᵀ, which a gradient needs entry by entry (everything else solves instead).
 *
 *   L  n×n lower triangular      U = L⁻ᵀ  n×n upper triangular      A⁻¹ = U Uᵀ
 *
 * Row c of U solves L x = e_c; its entries before c are 0, which both steps leave out: n³/3 multiplications and
 * additions together.
 */
import { at, type Matrix, zeros } from './matrix.ts';
import { subtractLargeProducts } from './products.ts';
import { solveUnknowns } from './triangular.ts';

/** Rows of A⁻¹ computed at a time. */
const BLOCK = 16;

/** The lower triangle of A⁻¹, in place of L; the rest is arbitrary. `scratch`: n×n, overwritten. */
export function invert(lower: Matrix, scratch = zeros(lower.rows, lower.rows)): void {
  const n = lower.rows;
  const upper = inverseTransposed(lower, scratch);
  lower.data.fill(0);
  for (let top = 0; top < n; top += BLOCK) {
    const rows = Math.min(BLOCK, n - top);
    // Entries of these rows of U before column `top` are 0.
    const a = { data: upper.data, offset: top * n + top, stride: n, rows };
    const b = { data: upper.data, offset: top, stride: n, rows: top + rows };
    subtractLargeProducts({ data: lower.data, offset: top * n, stride: n }, a, b, n - top);
  }
  for (let i = 0; i < lower.data.length; i++) lower.data[i] = -at(lower.data, i);
}

/** U = L⁻ᵀ, written into `upper`. */
function inverseTransposed(lower: Matrix, upper: Matrix): Matrix {
  const n = lower.rows;
  upper.data.fill(0);
  for (let i = 0; i < n; i++) upper.data[i * n + i] = 1;
  solveUnknowns(lower, upper, { start: 0, end: n, systems: (end) => end });
  return upper;
}
