import fc from 'fast-check';
import { CholeskyDecomposition, Matrix as Oracle } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { type Rng, stream } from '../rng.ts';
import { factorize, factorizeWithJitter, logDeterminant } from './cholesky.ts';
import { grow, subtractGram } from './growth.ts';
import { invert } from './inverse.ts';
import { addScaled, dot, fromRows, type Matrix, row, stack, zeros } from './matrix.ts';
import { solveLower, solveUpper } from './triangular.ts';

/** Sizes on both sides of the blocks' edges. */
const SIZES = [1, 2, 3, 5, 16, 17, 32, 33, 64, 67, 130, 290];

function random(rows: number, columns: number, rng: Rng): Matrix {
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => rng.normal()) };
}

/** G Gᵀ + n I. */
function positiveDefinite(n: number, rng: Rng): Matrix {
  const g = oracle(random(n, n, rng));
  return fromRows(g.mmul(g.transpose()).add(Oracle.eye(n).mul(n)).to2DArray());
}

function oracle({ rows, columns, data }: Matrix): Oracle {
  return Oracle.from1DArray(rows, columns, data);
}

function copy({ rows, columns, data }: Matrix): Matrix {
  return { rows, columns, data: data.slice() };
}

function lowerTriangle({ rows, columns, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => (j > i ? 0 : data[i * columns + j]!)),
  );
}

function factorOf(a: Matrix): Matrix {
  const lower = copy(a);
  expect(factorize(lower)).toBe(true);
  return lower;
}

function greatestDifference(a: number[][], b: number[][]): number {
  return Math.max(0, ...a.flatMap((values, i) => values.map((value, j) => Math.abs(value - b[i]![j]!))));
}

describe.each(SIZES)('with %i unknowns', (n) => {
  const rng = stream(n, 'linalg', 0);
  const a = positiveDefinite(n, rng);
  const lower = factorOf(a);
  const l = new Oracle(lowerTriangle(lower));

  test('the factor is that of ml-matrix', () => {
    const expected = new CholeskyDecomposition(oracle(a)).lowerTriangularMatrix.to2DArray();
    expect(greatestDifference(lowerTriangle(lower), expected)).toBeLessThan(1e-11 * n);
  });

  test('the systems with L and with its transpose are solved', () => {
    const b = random(7, n, rng);
    const [down, up] = [copy(b), copy(b)];
    solveLower(lower, down);
    solveUpper(lower, up);
    const rest = (x: Oracle) => x.sub(oracle(b)).abs().max();
    expect(rest(oracle(down).mmul(l.transpose()))).toBeLessThan(1e-11);
    expect(rest(oracle(up).mmul(l))).toBeLessThan(1e-11);
  });

  test('the inverse times the matrix is the identity', () => {
    const inverse = copy(lower);
    invert(inverse);
    const half = new Oracle(lowerTriangle(inverse));
    const whole = half.clone().add(half.transpose()).sub(Oracle.diag(half.diagonal()));
    expect(whole.mmul(oracle(a)).sub(Oracle.eye(n)).abs().max()).toBeLessThan(1e-11);
  });

  test('the determinant is the product of the squared pivots', () => {
    const expected = l.diagonal().reduce((sum, pivot) => sum + Math.log(pivot ** 2), 0);
    expect(logDeterminant(lower)).toBeCloseTo(expected, 8);
  });

  test('a grown factor is the factor of the whole', () => {
    const m = Math.floor(n / 3);
    const [kept, added] = [a.data.slice(0, (n - m) * n), a.data.slice((n - m) * n)];
    const part = (data: Float64Array, from: number, to: number): Matrix =>
      fromRows(
        Array.from({ length: data.length / n }, (_, i) => data.slice(i * n + from, i * n + to)),
        to - from,
      );
    const start = factorOf(part(kept, 0, n - m));
    const solved = part(added, 0, n - m);
    solveLower(start, solved);
    const grown = grow(start, { solved, corner: part(added, n - m, n), noise: new Float64Array(m) });
    expect(greatestDifference(lowerTriangle(grown!), lowerTriangle(lower))).toBeLessThan(1e-10);
  });
});

/** As `entry` says, from the first row on, up to the diagonal or in whole rows. */
function filled(rows: number, columns: number, entry: (i: number, j: number) => number): Matrix {
  const matrix = zeros(rows, columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) matrix.data[i * columns + j] = entry(i, j);
  return matrix;
}

/** x − Σ a(k) b(k), one product after the other. */
function reduced(x: number, ks: Iterable<number>, a: (k: number) => number, b: (k: number) => number): number {
  for (const k of ks) x -= a(k) * b(k);
  return x;
}

const between = (start: number, end: number) => Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);

/** What the definitions say, entry by entry, in the order of indices. */
function byDefinition(a: Matrix, b: Matrix) {
  const n = a.rows;
  const lower = zeros(n, n);
  const l = (i: number, j: number) => lower.data[i * n + j]!;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = reduced(
        a.data[i * n + j]!,
        between(0, j),
        (k) => l(i, k),
        (k) => l(j, k),
      );
      lower.data[i * n + j] = i === j ? Math.sqrt(sum) : sum / l(j, j);
    }
  }
  const solve = (systems: Matrix, order: number[], factor: (i: number, k: number) => number) => {
    const x = copy(systems);
    for (let s = 0; s < x.rows; s++) {
      for (const [solved, i] of order.entries()) {
        const taken = order.slice(0, solved);
        const sum = reduced(
          x.data[s * n + i]!,
          taken,
          (k) => factor(i, k),
          (k) => x.data[s * n + k]!,
        );
        x.data[s * n + i] = sum / l(i, i);
      }
    }
    return x;
  };
  const identity = filled(n, n, (i, j) => (i === j ? 1 : 0));
  const u = solve(identity, between(0, n), l);
  const inverse = filled(n, n, (i, j) =>
    j > i
      ? 0
      : 0 -
        reduced(
          0,
          between(i, n),
          (k) => u.data[i * n + k]!,
          (k) => u.data[j * n + k]!,
        ),
  );
  const gram = filled(b.rows, b.rows, (i, j) =>
    j > i
      ? 0
      : reduced(
          1,
          between(0, n),
          (k) => b.data[i * n + k]!,
          (k) => b.data[j * n + k]!,
        ),
  );
  const down = solve(b, between(0, n), l);
  const up = solve(b, between(0, n).reverse(), (i, k) => l(k, i));
  return { lower, inverse, gram, down, up };
}

test('all sizes, blocked or not, give the bits of the definitions, whatever was computed before', () => {
  const undefinedNumbers = filled(90, 90, () => Number.NaN);
  for (const n of [...between(1, 71), 130, 275]) {
    const rng = stream(n, 'linalg', 2);
    const a = positiveDefinite(n, rng);
    const b = random(1 + (n % 13), n, rng);
    const expected = byDefinition(a, b);
    // Leaves NaN wherever tiles can be.
    factorize(copy(undefinedNumbers));
    const lower = factorOf(a);
    const inverse = copy(lower);
    invert(inverse);
    const [down, up, gram] = [copy(b), copy(b), filled(b.rows, b.rows, () => 1)];
    solveLower(lower, down);
    solveUpper(lower, up);
    subtractGram(gram, b);
    expect(lowerTriangle(lower), `factor, n = ${n}`).toEqual(lowerTriangle(expected.lower));
    expect(lowerTriangle(inverse), `inverse, n = ${n}`).toEqual(lowerTriangle(expected.inverse));
    expect(lowerTriangle(gram), `products, n = ${n}`).toEqual(lowerTriangle(expected.gram));
    expect(down.data, `L, n = ${n}`).toEqual(expected.down.data);
    expect(up.data, `transpose of L, n = ${n}`).toEqual(expected.up.data);
  }
});

test.each([3, 40])('%i rows with a pivot that is negative, too small or not a number are no covariance', (n) => {
  for (const pivot of [-1, 0, 1e-21, Number.NaN, Number.NEGATIVE_INFINITY]) {
    for (const at of [0, n - 1]) {
      expect(factorize(filled(n, n, (i, j) => (i !== j ? 0 : i === at ? pivot : 1)))).toBe(false);
    }
  }
});

describe('a matrix that is not positive definite', () => {
  test('is refused', () => {
    expect(
      factorize(
        fromRows([
          [1, 0],
          [2, 1],
        ]),
      ),
    ).toBe(false);
    expect(factorize(fromRows([[0]]))).toBe(false);
    expect(factorize(fromRows([[Number.NaN]]))).toBe(false);
    expect(factorize(fromRows([[1e-21]]))).toBe(false);
  });

  const ones = (size: number, noise = 0) => ({
    size,
    fill: (k: Matrix) => void k.data.fill(1),
    noise: new Float64Array(size).fill(noise),
  });

  test('gets the first power of ten on its diagonal that makes it so', () => {
    expect(factorizeWithJitter(ones(5))?.jitter).toBe(1e-9);
    expect(factorizeWithJitter(ones(5, 1e-3))?.jitter).toBe(0);
  });

  test('is given up where no such addition helps', () => {
    const fill = (k: Matrix) => void k.data.fill(Number.NaN);
    expect(factorizeWithJitter({ ...ones(3), fill })).toBe(undefined);
  });
});

test('nothing is a matrix of no rows', () => {
  const none = zeros(0, 0);
  expect(factorize(none)).toBe(true);
  expect(logDeterminant(none)).toBe(0);
  solveLower(none, zeros(0, 0));
  expect(grow(none, { solved: zeros(1, 0), corner: fromRows([[4]]), noise: Float64Array.of(0) })?.data).toEqual(
    Float64Array.of(2),
  );
});

test('vectors: products, sums, stacked rows', () => {
  const y = Float64Array.of(1, 2);
  addScaled(y, 2, Float64Array.of(10, 20));
  expect([...y]).toEqual([21, 42]);
  expect(dot(y, Float64Array.of(1, -1))).toBe(-21);
  expect([...row(stack(fromRows([[1, 2]]), fromRows([[3, 4]])), 1)]).toEqual([3, 4]);
});

test('solving never yields a NaN for a matrix that was factored', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.maxSafeNat(),
      fc.integer({ min: -12, max: 12 }),
      (n, seed, power) => {
        const rng = stream(seed, 'linalg', 1);
        // Rank one and a little noise: next to singular.
        const v = Array.from({ length: n }, () => rng.normal() * 10 ** power);
        const fill = (k: Matrix) => k.data.set(v.flatMap((x) => v.map((y) => x * y)));
        const factor = factorizeWithJitter({ size: n, fill, noise: new Float64Array(n).fill(1e-9) });
        const b = random(2, n, rng);
        solveLower(factor!.lower, b);
        solveUpper(factor!.lower, b);
        expect(b.data.every(Number.isFinite)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});
