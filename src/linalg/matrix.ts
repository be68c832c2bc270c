/** Dense matrices, row after row in one array of doubles. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Entry (i, j) at i · columns + j. */
  readonly data: Float64Array;
}

export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** From lists of equal length; an empty list gives `columns` columns. */
export function fromRows(rows: readonly ArrayLike<number>[], columns = rows[0]?.length ?? 0): Matrix {
  const matrix = zeros(rows.length, columns);
  for (const [i, row] of rows.entries()) matrix.data.set(row, i * columns);
  return matrix;
}

/** A view of row i: writing to it writes to the matrix. */
export function row({ data, columns }: Matrix, i: number): Float64Array {
  return data.subarray(i * columns, (i + 1) * columns);
}

/** The rows of one matrix below those of another; both have as many columns. */
export function stack(top: Matrix, bottom: Matrix): Matrix {
  const stacked = zeros(top.rows + bottom.rows, top.columns);
  stacked.data.set(top.data);
  stacked.data.set(bottom.data, top.data.length);
  return stacked;
}

/** The mean of all rows, as one row. */
export function meanRow(matrix: Matrix): Matrix {
  const mean = zeros(1, matrix.columns);
  for (let i = 0; i < matrix.rows; i++) addScaled(mean.data, 1 / matrix.rows, row(matrix, i));
  return mean;
}

/** The number at an index the caller knows to exist. Compiled code holds the bare access. */
export function at(x: Float64Array, i: number): number {
  return x[i] as number;
}

/** Σ aᵢ bᵢ over the shorter of the two. */
export function dot(a: Float64Array, b: Float64Array): number {
  const n = Math.min(a.length, b.length);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += at(a, i) * at(b, i);
  return sum;
}

/** y ← y + factor · x. */
export function addScaled(y: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = at(y, i) + factor * at(x, i);
}
