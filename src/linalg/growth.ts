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
import { read, write } from './copies.ts';
import { BLOCK, blocksOf, DEPTH } from './elimination.ts';
import { at, type Matrix, row, zeros } from './matrix.ts';
import { subtractProducts, takeTiles, tilesFor } from './tiles.ts';

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

/** So few rows are multiplied entry by entry: copying would take longer. */
const FEW = 3;

/** K ← K − V Vᵀ; at least the lower triangle. */
export function subtractGram(k: Matrix, v: Matrix): void {
  if (v.rows <= FEW) subtractGramOfFew(k, v);
  else subtractGramTiles(k, v);
}

function subtractGramOfFew({ data }: Matrix, v: Matrix): void {
  for (let i = 0; i < v.rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(data, i * v.rows + j);
      for (let c = 0; c < v.columns; c++) sum -= at(v.data, i * v.columns + c) * at(v.data, j * v.columns + c);
      data[i * v.rows + j] = sum;
    }
  }
}

/** On tiles, K lies to the right of V. */
function subtractGramTiles(k: Matrix, v: Matrix): void {
  const [size, length] = [tilesFor(v.rows), tilesFor(v.columns)];
  const tiles = takeTiles(size, length + size);
  write(tiles, v);
  write(tiles, k, { tile: length });
  for (const columns of blocksOf([0, size], BLOCK)) {
    for (const depth of blocksOf([0, length], DEPTH)) {
      subtractProducts(tiles, { rows: [columns[0], size], columns, depth, shifts: [length, 0, 0] }, 0);
    }
  }
  read(tiles, k, { tile: length });
}
