/**
 * Cholesky factors and forward substitution on tiles, which are one thing:
 *
 *   [ A ]       [ L ]
 *   [ B ]   →   [ X ]     A = L Lᵀ,  X Lᵀ = B
 *
 * Tile columns are finished in blocks, from left to right: the products with all columns before the block are subtracted
 * first, where nearly all of the work is, then the block's rows of L are found, and with them the rows below.
 */
import { at } from './matrix.ts';
import { placeOf, type Range, SIDE, substituteTiles, subtractProducts, type Tiles } from './tiles.ts';

/** Tile columns of a block, and how deep products are cut: 128 KB of a block's rows stay in the second-level cache. */
export const BLOCK = 16;
export const DEPTH = 64;

/** A pivot below this square is rounding noise, whatever the scale of A: its root would make L meaningless. */
const LEAST_PIVOT = 1e-10 ** 2;

/** Blocks of at most `size` numbers that make up a range. */
export function* blocksOf([start, end]: Range, size: number): Generator<Range> {
  for (let i = start; i < end; i += size) yield [i, Math.min(i + size, end)];
}

/**
 * In the rows of tiles from `from` to `to`, with as many columns as A. Rows of L before `from` are there already. False
 * when A is not positive definite; the tiles' content is then lost.
 */
export function eliminate(tiles: Tiles, columns: number, [from, to]: Range): boolean {
  for (const block of blocksOf([0, columns], BLOCK)) {
    const rows = [Math.max(block[0], from), to] as const;
    for (const depth of blocksOf([0, block[0]], DEPTH)) subtractProducts(tiles, { rows, columns: block, depth }, 0);
    for (let row = rows[0]; row < block[1]; row++) {
      substituteTiles(tiles, [row, row + 1], [block[0], row]);
      subtractProducts(tiles, { rows: [row, row + 1], columns: [row, row + 1], depth: [block[0], row] });
      if (!factorizeTile(tiles, row)) return false;
    }
    substituteTiles(tiles, [Math.max(block[1], from), to], block);
  }
  return true;
}

/** The diagonal tile of a column, from which all products have been taken. */
function factorizeTile({ data, width }: Tiles, column: number): boolean {
  return factorizeSquare({ data, start: placeOf(column * SIDE, column * SIDE, width), down: 1, right: SIDE }, SIDE);
}

/** Where a square matrix is: entry (i, j) at start + down · i + right · j. */
export interface Square {
  readonly data: Float64Array;
  readonly start: number;
  readonly down: number;
  readonly right: number;
}

/** Replaces the lower triangle of A, size × size, by L, entry by entry. False when A is not positive definite. */
export function factorizeSquare(square: Square, size: number): boolean {
  const { data, start, down, right } = square;
  for (let i = 0; i < size; i++) {
    const row = start + down * i;
    for (let j = 0; j < i; j++) data[row + right * j] = reduced(square, i, j) / at(data, start + (down + right) * j);
    const pivot = reduced(square, i, i);
    data[row + right * i] = Math.sqrt(pivot);
    // A NaN fails, too.
    if (!(pivot >= LEAST_PIVOT)) return false;
  }
  return true;
}

/** Aᵢⱼ − Σₖ Lᵢₖ Lⱼₖ over the k before j. */
function reduced({ data, start, down, right }: Square, i: number, j: number): number {
  let x = start + down * i;
  let y = start + down * j;
  let sum = at(data, x + right * j);
  for (let k = 0; k < j; k++) {
    sum -= at(data, x) * at(data, y);
    x += right;
    y += right;
  }
  return sum;
}
