/** Copies of matrices to and from tiles. Panels count tiles, all else numbers. */
import { at, type Matrix } from './matrix.ts';
import { placeOf, SIDE, type Tiles, tilesFor } from './tiles.ts';

/** Where a matrix begins: at the first tile, or so many panels below and tiles to the right of it. */
interface Place {
  readonly panel?: number;
  readonly tile?: number;
}

/** A matrix. What its last tiles have beyond it becomes 0. */
export function write(tiles: Tiles, from: Matrix, place: Place = {}): void {
  const padded = SIDE * tilesFor(from.columns);
  for (let i = 0; i < SIDE * tilesFor(from.rows); i++) {
    const start = startOf(tiles, i, place);
    const own = i * from.columns;
    const length = i < from.rows ? from.columns : 0;
    for (let j = 0; j < length; j++) tiles.data[start + SIDE * j] = at(from.data, own + j);
    for (let j = length; j < padded; j++) tiles.data[start + SIDE * j] = 0;
  }
}

/** The other way. */
export function read(tiles: Tiles, to: Matrix, place: Place = {}): void {
  for (let i = 0; i < to.rows; i++) {
    const start = startOf(tiles, i, place);
    const own = i * to.columns;
    for (let j = 0; j < to.columns; j++) to.data[own + j] = at(tiles.data, start + SIDE * j);
  }
}

function startOf({ width }: Tiles, i: number, { panel = 0, tile = 0 }: Place): number {
  return placeOf(SIDE * panel + i, SIDE * tile, width);
}

/** A lower triangle, from the first tile on. What its last tiles have beyond it becomes the identity. */
export function writeLower(tiles: Tiles, { data: from, rows: n }: Matrix): void {
  const { data, width } = tiles;
  for (let i = 0; i < n; i++) {
    const start = placeOf(i, 0, width);
    const own = i * n;
    for (let j = 0; j <= i; j++) data[start + SIDE * j] = at(from, own + j);
  }
  writeIdentity(tiles, n);
}

/** The transpose of a lower triangle, the order of rows and of columns turned around: entry (n − 1 − j, n − 1 − i) at (i, j). */
export function writeTurned(tiles: Tiles, { data: from, rows: n }: Matrix): void {
  const { data, width } = tiles;
  for (let top = 0; top < n; top += SIDE) {
    const start = placeOf(top, 0, width);
    const rows = Math.min(SIDE, n - top);
    for (let j = 0; j < top + rows; j++) {
      const last = (n - 1 - j) * n + n - 1 - top;
      for (let i = 0; i < rows; i++) data[start + SIDE * j + i] = at(from, last - i);
    }
  }
  writeIdentity(tiles, n);
}

/** Rows of the identity from row n to the end of its panel. */
function writeIdentity({ data, width }: Tiles, n: number): void {
  for (let i = n; i < SIDE * tilesFor(n); i++) {
    for (let j = 0; j < i; j++) data[placeOf(i, j, width)] = 0;
    data[placeOf(i, i, width)] = 1;
  }
}

/** The lower triangle that begins at the first tile. */
export function readLower({ data, width }: Tiles, { data: to, rows: n }: Matrix): void {
  for (let i = 0; i < n; i++) {
    const start = placeOf(i, 0, width);
    const own = i * n;
    for (let j = 0; j <= i; j++) to[own + j] = at(data, start + SIDE * j);
  }
}
