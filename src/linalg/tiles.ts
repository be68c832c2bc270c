/**
 * Matrices as the WebAssembly code works on them: copies in its memory, cut into tiles of 4 × 4 numbers.
 *
 *   panel   four rows, one column after the other: the 16 numbers of a tile lie together, column by column
 *   tiles   panels one after the other, all equally wide
 *
 * Copying costs O(n²), what is done with the copies O(n³). Rows, columns and depths here count panels and tiles, in ranges
 * [start, end). There is one set of tiles at a time: taking tiles invalidates those taken before.
 */
import { TILE_CODE } from './tile-code.ts';
import { type Loaded, load } from './webassembly.ts';

/** Rows and columns of a tile. */
export const SIDE = 4;

const NUMBERS = SIDE * SIDE;
const TILE_BYTES = 8 * NUMBERS;

export interface Tiles {
  /** Entry (i, j) at `placeOf(i, j, width)`. */
  readonly data: Float64Array;
  /** Tiles of a panel. */
  readonly width: number;
}

export type Range = readonly [start: number, end: number];

/** How many tiles hold so many rows or columns. */
export function tilesFor(count: number): number {
  return Math.ceil(count / SIDE);
}

/** Where the entry in row i and column j of tiles is; that of column j + 1 is four numbers further. */
export function placeOf(i: number, j: number, width: number): number {
  return NUMBERS * width * Math.floor(i / SIDE) + SIDE * j + (i % SIDE);
}

/** Tiles of arbitrary content. */
export function takeTiles(panels: number, width: number): Tiles {
  return { data: code().numbers(panels * width * NUMBERS), width };
}

/** Which products to take from which tiles. */
export interface Products {
  /** Of C and A. */
  readonly rows: Range;
  /** Columns of C, which are rows of B. */
  readonly columns: Range;
  /** Columns of A and B. */
  readonly depth: Range;
  /** How many columns to the right of their own C, A and B lie. */
  readonly shifts?: readonly [c: number, a: number, b: number];
}

/**
 * C ← C − A Bᵀ, for tiles Cᵢⱼ with j < i + 1 + `above`: 0 for the lower triangle. Each entry takes its products one after
 * the other in the order of columns.
 */
export function subtractProducts(
  { width }: Tiles,
  { rows, columns, depth, shifts: [c, a, b] = [0, 0, 0] }: Products,
  above = columns[1],
): void {
  const [height, breadth, length] = [sizeOf(rows), sizeOf(columns), sizeOf(depth)];
  if (Math.min(height, breadth, length) <= 0) return;
  const tile = (row: number, column: number) => TILE_BYTES * (row * width + column);
  code().procedures.subtract(
    tile(rows[0], columns[0] + c),
    tile(rows[0], depth[0] + a),
    tile(columns[0], depth[0] + b),
    TILE_BYTES * length,
    height,
    Math.min(breadth, rows[0] + 1 + above - columns[0]),
    breadth,
    TILE_BYTES * width,
  );
}

/**
 * X ← X L⁻ᵀ, for tiles X of some columns, which lie `shift` columns further to the right, and L in the rows of the same
 * numbers. Products with columns before these have been subtracted.
 */
export function substituteTiles({ width }: Tiles, rows: Range, columns: Range, shift = 0): void {
  const [height, breadth] = [sizeOf(rows), sizeOf(columns)];
  if (Math.min(height, breadth) <= 0) return;
  const x = rows[0] * width + columns[0] + shift;
  const l = columns[0] * width + columns[0];
  code().procedures.substitute(TILE_BYTES * x, TILE_BYTES * l, height, breadth, TILE_BYTES * width);
}

function sizeOf([start, end]: Range): number {
  return end - start;
}

let loaded: Loaded<'subtract' | 'substitute'> | undefined;

function code(): Loaded<'subtract' | 'substitute'> {
  loaded ??= load(TILE_CODE);
  return loaded;
}
