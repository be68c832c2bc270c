import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factorizeWithJitter } from '../linalg/cholesky.ts';
import { fromRows, type Matrix, row } from '../linalg/matrix.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource } from '../space/space.ts';
import { fabolasFactor } from './fabolas.ts';
import { decodeValues, encodeValue, initialCodes } from './hyperparameters.ts';
import type { Covariance, CovarianceFunction, Prior } from './kernel.ts';
import { matern52 } from './matern.ts';
import { configKernel, JOINT_KERNELS, type JointKernelName } from './registry.ts';

const MAX = 27;
const LEVELS = [1, 3, 9, 27];
const domain = { dimension: 3, warped: [0, 2], maxResource: MAX, levels: LEVELS };

const KERNELS: [string, CovarianceFunction][] = [
  ...(Object.keys(JOINT_KERNELS) as JointKernelName[]).map((name): [string, CovarianceFunction] => [
    name,
    JOINT_KERNELS[name](domain),
  ]),
  ...(['ExpDecaySum', 'Matern52LogResource', 'IndependentPerLevel'] as const).map(
    (name): [string, CovarianceFunction] => [
      `${name}, a bandwidth per parameter`,
      JOINT_KERNELS[name]({ ...domain, parameterOf: [0, 1, 1] }),
    ],
  ),
  ['configurations alone', configKernel(domain)],
  ['isotropic and unscaled', matern52({ dimension: 3, start: 1, isotropic: true, unscaled: true })],
  ['shares of a training set', fabolasFactor(3)],
];

/** Configurations at several levels, and one at a coinciding point. */
function points(rng: Rng): Matrix {
  const configs = [0, 1, 2, 3].map(() => [rng.uniform(), rng.uniform(), rng.uniform()]);
  const rows = configs.flatMap((config, i) => LEVELS.slice(0, i + 1).map((r) => [...config, encodeResource(r, MAX)]));
  return fromRows([...rows, rows[4]!]);
}

function codes(kernel: CovarianceFunction, rng: Rng): Float64Array {
  return initialCodes(kernel.hyperparameters).map((code, i) => {
    const own = kernel.hyperparameters[i]!;
    return Math.min(encodeValue(own, own.max), Math.max(encodeValue(own, own.min), code + 0.3 * rng.normal()));
  });
}

/** Of a function of a vector, by central differences. */
function slopes(f: (x: Float64Array) => number, x: Float64Array, h = 1e-5): number[] {
  return [...x.keys()].map((i) => {
    const at = (by: number) => f(x.map((value, k) => (k === i ? value + by : value)));
    return (at(h) - at(-h)) / (2 * h);
  });
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(actual[i]! - value)).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
  }
}

function covariances(covariance: Covariance, x: Float64Array, to: Matrix): Float64Array {
  const out = new Float64Array(to.rows);
  covariance.with(to).row(x, out);
  return out;
}

const isPrior = (covariance: Covariance): covariance is Prior => 'mean' in covariance;
const seeds = fc.maxSafeNat();
const runs = { numRuns: 25 };

describe.each(KERNELS)('%s', (_, kernel) => {
  const valuesAt = (own: Float64Array) => decodeValues(kernel.hyperparameters, own);
  const setting = (seed: number) => {
    const rng = stream(seed, 'kernel', 0);
    const [xs, own] = [points(rng), codes(kernel, rng)];
    const weights = Float64Array.from({ length: xs.rows }, () => rng.normal());
    // A point of its own, so that no difference crosses a point where a kernel has a kink.
    const x = Float64Array.of(rng.uniform(), rng.uniform(), rng.uniform(), 0.1 + 0.1 * rng.uniform());
    return { xs, own, weights, x, covariance: kernel.at(valuesAt(own)) };
  };
  const weighted = (covariance: Covariance, x: Float64Array, to: Matrix, weights: Float64Array) =>
    covariances(covariance, x, to).reduce((sum, k, j) => sum + k * weights[j]!, 0);

  test('derivatives of covariances by hyperparameters are those of finite differences', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { xs, own, weights, x, covariance } = setting(seed);
        for (const point of [x, row(xs, 4)]) {
          const gradient = new Float64Array(own.length);
          covariance.with(xs).addGradient(point, weights, gradient);
          expectClose(
            gradient,
            slopes((c) => weighted(kernel.at(valuesAt(c)), point, xs, weights), own),
          );
        }
      }),
      runs,
    );
  });

  test('derivatives of covariances by the point are those of finite differences', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { xs, weights, x, covariance } = setting(seed);
        const out = new Float64Array(x.length);
        covariance.with(xs).addInputGradient(x, weights, out);
        expectClose(
          out,
          slopes((moved) => weighted(covariance, moved, xs, weights), x),
        );
        const diagonal = new Float64Array(x.length);
        covariance.addDiagonalInputGradient(x, 0.7, diagonal);
        expectClose(
          diagonal,
          slopes((moved) => 0.7 * covariance.diagonal(moved), x),
        );
      }),
      runs,
    );
  });

  test('derivatives of the mean are those of finite differences', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { own, x, covariance } = setting(seed);
        if (!isPrior(covariance)) return;
        const meanAt = (c: Float64Array) => (kernel.at(valuesAt(c)) as Prior).mean(x);
        const gradient = new Float64Array(own.length);
        covariance.addMeanGradient(x, 1.3, gradient);
        expectClose(
          gradient,
          slopes((c) => 1.3 * meanAt(c), own),
        );
        const out = new Float64Array(x.length);
        covariance.addMeanInputGradient(x, 1.3, out);
        expectClose(
          out,
          slopes((moved) => 1.3 * covariance.mean(moved), x),
        );
      }),
      runs,
    );
  });

  test('the matrix of any points is symmetric and positive semidefinite, with the variances on its diagonal', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { xs, covariance } = setting(seed);
        const rows = Array.from({ length: xs.rows }, (_, i) => covariances(covariance, row(xs, i), xs));
        for (const [i, own] of rows.entries()) {
          expect(own[i]).toBeCloseTo(covariance.diagonal(row(xs, i)), 7);
          for (const [j, value] of own.entries()) expect(value).toBeCloseTo(rows[j]![i]!, 12);
        }
        const fill = (k: Matrix) => void k.data.set(fromRows(rows).data);
        const noise = new Float64Array(xs.rows).fill(1e-8);
        expect(factorizeWithJitter({ size: xs.rows, fill, noise })?.jitter).toBeLessThanOrEqual(1e-8);
      }),
      runs,
    );
  });

  test('every hyperparameter has a name of its own and starts within its bounds', () => {
    const names = kernel.hyperparameters.map((own) => own.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { min, initial, max } of kernel.hyperparameters) {
      expect(min <= initial && initial <= max).toBe(true);
    }
  });
});

describe('the Matérn kernel', () => {
  /** By its formula, of points already scaled by √5 s. */
  const matern = (z: Float64Array, other: Float64Array) => {
    const distance = z.reduce((sum, own, k) => sum + (own - other[k]!) ** 2, 0);
    const root = Math.sqrt(distance + 1e-9);
    return (1 + root + distance / 3) * Math.exp(-root);
  };
  const scattered = (rows: number, columns: number, rng: Rng) =>
    fromRows(
      between(rows).map(() => between(columns).map(() => rng.normal() * 10 ** (3 * rng.uniform() - 1))),
      columns,
    );
  const between = (count: number) => Array.from({ length: count }, (_, i) => i);
  const kernelOf = (dimension: number) => matern52({ dimension, unscaled: true });
  const unit = (dimension: number) => kernelOf(dimension).at(new Float64Array(dimension).fill(1 / Math.sqrt(5)));

  test('is its formula to the last bits, whatever the number of points, and in whatever order rows are asked for', () => {
    for (const dimension of [0, 1, 2, 5, 30]) {
      const all = between(11).map((n) => scattered(n, dimension, stream(n, 'matern', dimension)));
      const covariances = all.map((points) => unit(dimension).with(points));
      const x = scattered(1, dimension, stream(0, 'matern', dimension)).data;
      for (const n of [...between(11), ...between(11).reverse()]) {
        for (const count of between(n + 1)) {
          const out = new Float64Array(count);
          covariances[n]!.row(x, out);
          for (const [j, k] of out.entries()) {
            const expected = matern(x, row(all[n]!, j));
            expect(Math.abs(k - expected)).toBeLessThanOrEqual(1e-13 * expected + 1e-300);
          }
        }
      }
    }
  });

  test('is 0 far away, and not a number only with a point that is none', () => {
    const out = new Float64Array(3);
    unit(1)
      .with(fromRows([[0], [Number.NaN], [Number.MAX_VALUE]]))
      .row(Float64Array.of(0), out);
    expect([...out].map((k) => Math.round(k))).toEqual([1, Number.NaN, 0]);
  });
});
