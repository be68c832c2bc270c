/**
 * The inverse of A = L Lᵀ, which a gradient needs entry by entry (everything else solves instead).
 *
 *   L  n×n lower triangular      U = L⁻ᵀ  n×n upper triangular      A⁻¹ = U Uᵀ
 *
 * Row c of U solves L x = e_c; its entries before c are 0, which both steps leave out: n³/3 multiplications and
 * additions together.
 *
 * On tiles, U lies one tile to the right of its place, above L; A⁻¹ then replaces L. Small matrices are inverted without
 * tiles, to the same bits.
 */
import { readLower, writeLower } from './copies.ts';
import { BLOCK, blocksOf, DEPTH } from './elimination.ts';
import { at, type Matrix, row, zeros } from './matrix.ts';
import {
  type Products,
  placeOf,
  type Range,
  SIDE,
  substituteTiles,
  subtractProducts,
  type Tiles,
  takeTiles,
  tilesFor,
} from './tiles.ts';
import { substitute } from './triangular.ts';

/** So few rows are inverted entry by entry. */
const FEW = 16;

/** The lower triangle of A⁻¹, in place of L; the rest is arbitrary. */
export function invert(lower: Matrix): void {
  if (lower.rows <= FEW) invertFew(lower);
  else invertTiles(lower);
}

/** Entry by entry. */
function invertFew(lower: Matrix): void {
  const n = lower.rows;
  const u = zeros(n, n).data;
  for (let c = 0; c < n; c++) {
    u[c * n + c] = 1;
    substitute(lower, u, c * n, [c, n]);
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += at(u, i * n + k) * at(u, j * n + k);
      lower.data[i * n + j] = sum;
    }
  }
}

function invertTiles(lower: Matrix): void {
  const size = tilesFor(lower.rows);
  const tiles = takeTiles(size, size + 1);
  writeLower(tiles, lower);
  writeUpperIdentity(tiles, size);
  for (const block of blocksOf([0, size], BLOCK)) solveColumns(tiles, block);
  writeZeros(tiles, size);
  for (const columns of blocksOf([0, size], BLOCK)) {
    for (const depth of blocksOf([columns[0], size], DEPTH)) {
      subtractUpper(tiles, columns[0], { columns, depth, shifts: [0, 1, 1] }, 0);
    }
  }
  readLower(tiles, lower);
  // What was subtracted from 0 is what is wanted; no zero becomes −0.
  for (let i = 0; i < lower.rows; i++) {
    const own = row(lower, i);
    for (let j = 0; j <= i; j++) own[j] = 0 - at(own, j);
  }
}

/** A block of columns of U. */
function solveColumns(tiles: Tiles, columns: Range): void {
  const [start, end] = columns;
  for (const depth of blocksOf([0, start], DEPTH)) subtractUpper(tiles, 0, { columns, depth, shifts: [1, 1, 0] });
  substituteTiles(tiles, [0, start], columns, 1);
  for (let i = start; i < end; i++) substituteTiles(tiles, [i, i + 1], [i, end], 1);
}

/** C ← C − U Bᵀ in rows from `top` on, where U is not 0: from its diagonal on. */
function subtractUpper(tiles: Tiles, top: number, products: Omit<Products, 'rows'>, above?: number): void {
  const [start, end] = products.depth;
  subtractProducts(tiles, { ...products, rows: [top, start] }, above);
  for (let i = Math.max(top, start); i < end; i++) {
    subtractProducts(tiles, { ...products, rows: [i, i + 1], depth: [i, end] }, above);
  }
}

/** The identity where U will be. */
function writeUpperIdentity({ data, width }: Tiles, size: number): void {
  for (let i = 0; i < size * SIDE; i++) {
    const start = SIDE * Math.floor(i / SIDE);
    for (let j = start; j < size * SIDE; j++) data[placeOf(i, j + SIDE, width)] = i === j ? 1 : 0;
  }
}

/** Zeros in the tiles of the lower triangle. */
function writeZeros({ data, width }: Tiles, size: number): void {
  for (let i = 0; i < size; i++) {
    data.fill(0, placeOf(SIDE * i, 0, width), placeOf(SIDE * i, SIDE * (i + 1), width));
  }
}
