/**
 * The Matérn kernel between a point and many, computed by WebAssembly. Formulas and notation: matern.ts.
 *
 *   Z  n×d, a point per row, in groups of four: coordinate 0 of the four, coordinate 1 of the four and so on
 *
 * Z is copied into the code's memory when needed and stays there until another Z is needed: rows are computed one after
 * the other with the same points.
 */
import { at, type Matrix } from '../linalg/matrix.ts';
import { type Loaded, load } from '../linalg/webassembly.ts';
import { CONSTANTS, MATERN_CODE } from './matern-code.ts';

const GROUP = 4;

export interface Derivatives {
  /** Σⱼ sⱼ (zₖ − Zⱼₖ)² or Σⱼ sⱼ (zₖ − Zⱼₖ), for each k; sⱼ = wⱼ ∂kⱼ/∂Δ. */
  readonly sums: Float64Array;
  /** Σⱼ wⱼ kⱼ. */
  readonly total: number;
}

export class MaternPairs {
  readonly #z: Matrix;
  readonly #variance: number;
  readonly #places: Places;

  /** `variance`: c. */
  constructor(z: Matrix, variance: number) {
    this.#z = z;
    this.#variance = variance;
    this.#places = placesOf(z);
  }

  /** out[j] = k(z, Zⱼ) for all j below the length of `out`. */
  covariances(z: Float64Array, out: Float64Array): void {
    if (out.length === 0) return;
    const numbers = this.#numbers();
    const { own, points, values, size } = this.#places;
    for (let k = 0; k < z.length; k++) numbers[own + k] = at(z, k);
    const end = values + padded(out.length);
    code().procedures.covariances(8 * own, 8 * points, 8 * values, 8 * end, 8 * size);
    out.set(numbers.subarray(values, values + out.length));
  }

  /** Derivatives of Σⱼ wⱼ k(z, Zⱼ), over all j below the number of weights w. */
  derivatives(of: 'squares' | 'differences', z: Float64Array, weights: Float64Array): Derivatives {
    const { own, sums, points, values, size } = this.#places;
    const numbers = this.#numbers();
    const end = values + padded(weights.length);
    for (let i = sums; i < values; i++) numbers[i] = 0;
    for (let i = values + weights.length; i < end; i++) numbers[i] = 0;
    for (let k = 0; k < z.length; k++) numbers[own + k] = at(z, k);
    numbers.set(weights, values);
    if (weights.length > 0) code().procedures[of](8 * own, 8 * points, 8 * values, 8 * end, 8 * size, 8 * sums);
    const found = new Float64Array(z.length);
    for (let k = 0; k < z.length; k++) found[k] = sumAt(numbers, sums + 2 * k);
    return { sums: found, total: sumAt(numbers, values - 2) };
  }

  /** The s of the derivatives that were asked for last. A view, which lasts until anything else is. */
  slopes(count: number): Float64Array {
    const { values } = this.#places;
    return this.#numbers().subarray(values, values + count);
  }

  /** The code's memory, with Z in it. */
  #numbers(): Float64Array {
    if (current?.owner !== this) current = { owner: this, numbers: this.#copy() };
    return current.numbers;
  }

  #copy(): Float64Array {
    const { own, points, size, end } = this.#places;
    const { data, rows, columns } = this.#z;
    const numbers = code().numbers(end);
    numbers.fill(0, 0, end);
    numbers.set(CONSTANTS);
    numbers[own + size / GROUP] = this.#variance;
    for (let j = 0; j < rows; j++) {
      const start = points + size * Math.floor(j / GROUP) + (j % GROUP);
      for (let k = 0; k < columns; k++) numbers[start + GROUP * k] = at(data, j * columns + k);
    }
    return numbers;
  }
}

/** Where in memory things begin, counted in numbers. */
interface Places {
  /** z, and c after it. */
  readonly own: number;
  /** Two numbers for each sum over pairs. */
  readonly sums: number;
  /** A number per point: weights, slopes, covariances. */
  readonly values: number;
  readonly points: number;
  /** Of a group of points. */
  readonly size: number;
  readonly end: number;
}

function placesOf({ rows, columns }: Matrix): Places {
  // The code needs a coordinate; one that is 0 everywhere does no harm.
  const dimension = Math.max(columns, 1);
  const own = CONSTANTS.length;
  const sums = own + dimension + 1;
  const values = sums + 2 * (dimension + 1);
  const points = values + padded(rows);
  return { own, sums, values, points, size: GROUP * dimension, end: points + padded(rows) * dimension };
}

/** Of the two numbers of a vector. */
function sumAt(numbers: Float64Array, place: number): number {
  return at(numbers, place) + at(numbers, place + 1);
}

function padded(count: number): number {
  return GROUP * Math.ceil(count / GROUP);
}

/** Whose points are in memory. */
let current: { readonly owner: MaternPairs; readonly numbers: Float64Array } | undefined;

let loaded: Loaded<keyof typeof MATERN_CODE> | undefined;

function code(): Loaded<keyof typeof MATERN_CODE> {
  loaded ??= load(MATERN_CODE);
  return loaded;
}
