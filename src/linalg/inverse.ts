/**
 * The inverse of A = L Lᵀ, which a gradient needs entry by entry (everything else solves instead).
 *
 *   L  n×n lower triangular      U = L⁻ᵀ  n×n upper triangular      A⁻¹ = U Uᵀ
 *
 * Row c of U solves L x = e_c; its entries before c are 0, which both steps leave out: n³/3 multiplications and
 * additions together.
 */
import { at, type Matrix, zeros } from './matrix.ts';
import { BLOCK, subtractProducts } from './products.ts';
import { eliminate, substitute } from './triangular.ts';

/** How much of the rows of U is multiplied at a time, so that a block of rows stays in the second-level cache. */
const DEPTH = 256;

/** The lower triangle of A⁻¹, in place of L; the rest is arbitrary. `scratch`: n×n, overwritten. */
export function invert(lower: Matrix, scratch = zeros(lower.rows, lower.rows)): void {
  const n = lower.rows;
  const upper = inverseTransposed(lower, scratch);
  lower.data.fill(0);
  for (let top = 0; top < n; top += BLOCK) {
    const rows = Math.min(BLOCK, n - top);
    for (let from = top; from < n; from += DEPTH) {
      const depth = Math.min(DEPTH, n - from);
      const a = { data: upper.data, offset: top * n + from, stride: n, rows };
      for (let left = 0; left <= top; left += BLOCK) {
        const b = { data: upper.data, offset: left * n + from, stride: n, rows: Math.min(BLOCK, n - left) };
        subtractProducts({ data: lower.data, offset: top * n + left, stride: n }, a, b, depth);
      }
    }
  }
  for (let i = 0; i < lower.data.length; i++) lower.data[i] = -at(lower.data, i);
}

/** U = L⁻ᵀ, written into `upper`. */
function inverseTransposed(lower: Matrix, upper: Matrix): Matrix {
  const n = lower.rows;
  upper.data.fill(0);
  for (let i = 0; i < n; i++) upper.data[i * n + i] = 1;
  for (let start = 0; start < n; start += BLOCK) {
    const end = Math.min(n, start + BLOCK);
    for (let c = 0; c < end; c++) substitute(lower, upper.data, c * n, [start, end]);
    eliminate(lower, upper, end, [start, end]);
  }
  return upper;
}
