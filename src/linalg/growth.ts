/**
 * Growing a factor by rows instead of computing it anew: the factor of
 *
 *   [ A   Bᵀ ]        [ L  0 ]        V = B L⁻ᵀ  (each row solves L v = b),     S Sᵀ = C − V Vᵀ
 *   [ B   C  ]   is   [ V  S ]
 *
 *   A  n×n with factor L      B  m×n      C  m×m      V  m×n      S  m×m
 *
 * m n²/2 multiplications and additions for V, which the caller has.
 */
import { factorizeWithJitter } from './cholesky.ts';
import { type Matrix, row, zeros } from './matrix.ts';
import { subtractGramProducts } from './products.ts';

/** The new rows and columns. `corner` holds the lower triangle of C without noise, `noise` what is added to its diagonal. */
export interface Border {
  readonly solved: Matrix;
  readonly corner: Matrix;
  readonly noise: Float64Array;
}

/** The factor of the larger matrix; undefined when it is far from positive definite. */
export function grow(lower: Matrix, { solved, corner, noise }: Border): Matrix | undefined {
  const m = solved.rows;
  const fill = (k: Matrix) => {
    k.data.set(corner.data);
    subtractGram(k, solved);
  };
  const schur = factorizeWithJitter({ size: m, fill, noise });
  if (schur === undefined) return undefined;
  const n = lower.rows;
  const grown = zeros(n + m, n + m);
  for (let i = 0; i < n; i++) row(grown, i).set(row(lower, i));
  for (let i = 0; i < m; i++) {
    row(grown, n + i).set(row(solved, i));
    row(grown, n + i).set(row(schur.lower, i), n);
  }
  return grown;
}

/** K ← K − V Vᵀ; at least the lower triangle. */
export function subtractGram(k: Matrix, v: Matrix): void {
  const part = { data: v.data, offset: 0, stride: v.columns, rows: v.rows };
  subtractGramProducts({ data: k.data, offset: 0, stride: k.columns }, part, v.columns);
}
