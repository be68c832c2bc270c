import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedImprovement } from '../acquisition/expected-improvement.ts';
import { modelOf } from '../gp/model.ts';
import { decodeValues, initialCodes } from '../kernels/hyperparameters.ts';
import { JOINT_KERNELS } from '../kernels/registry.ts';
import { fromRows, type Matrix } from '../linalg/matrix.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource } from '../space/space.ts';
import { acquisitionResource } from './acquisition-resource.ts';
import { refitSize } from './refit-schedule.ts';
import { type Observed, subsample, subsampleBest, thin } from './subsample.ts';
import { acquisition, beliefs, incumbents, surrogate } from './surrogate.ts';
import { clipWorst, normalize } from './targets.ts';

const numbers = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
const seeds = fc.maxSafeNat();

describe('targets', () => {
  test('have mean 0 and deviation 1, whatever the size of the values', () => {
    fc.assert(
      fc.property(fc.integer({ min: -300, max: 300 }), seeds, (power, seed) => {
        const rng = stream(seed, 'targets', 0);
        const values = Float64Array.from({ length: 20 }, () => (3 + rng.normal()) * 10 ** power);
        const { targets, mean, deviation } = normalize(values);
        const sum = targets.reduce((total, z) => total + z, 0);
        const squares = targets.reduce((total, z) => total + z * z, 0);
        expect(sum).toBeCloseTo(0, 9);
        expect(squares / 20).toBeCloseTo(1, 9);
        for (const [i, z] of targets.entries()) expect(mean + deviation * z).toBeCloseTo(values[i]!, 9 - power);
      }),
    );
  });

  test('of equal values are 0', () => {
    expect(normalize(Float64Array.of(1e12, 1e12))).toEqual({
      targets: Float64Array.of(0, 0),
      mean: 1e12,
      deviation: 1,
    });
    expect(normalize(new Float64Array(0))).toEqual({ targets: new Float64Array(0), mean: 0, deviation: 1 });
  });

  test('are finite for all finite values', () => {
    fc.assert(
      fc.property(fc.array(numbers), (values) => {
        const { targets, mean, deviation } = normalize(Float64Array.from(values));
        expect([...targets, mean, deviation].every(Number.isFinite)).toBe(true);
        expect(deviation).toBeGreaterThan(0);
      }),
    );
  });
});

describe('fewer observations', () => {
  const observed = fc
    .array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 })
    .map((lengths): Observed[] =>
      lengths.flatMap((length, trial) => Array.from({ length }, (_, i) => ({ trial, resource: i + 1, value: -trial }))),
    );
  const first = (_: number, size: number) => Array.from({ length: size }, (_, i) => i);

  test('are as many as wanted, each of them once', () => {
    fc.assert(
      fc.property(observed, fc.integer({ min: 1, max: 80 }), (all, max) => {
        for (const kept of [subsample(all, max, first), subsampleBest(all, max, first)]) {
          expect(kept).toHaveLength(Math.min(max, all.length));
          expect(new Set(kept).size).toBe(kept.length);
        }
      }),
    );
  });

  test('of trials that got furthest come first', () => {
    const all = [1, 9, 3].flatMap((last, trial) =>
      [1, 3, 9].filter((r) => r <= last).map((resource) => ({ trial, resource, value: 0 })),
    );
    expect(subsample(all, 3, first).map(({ trial }) => trial)).toEqual([1, 1, 1]);
    expect(subsample(all, 2, first).map(({ resource }) => resource)).toEqual([9, 3]);
  });

  test('of a curve are its last before each rung', () => {
    const curve = Array.from({ length: 9 }, (_, i) => ({ trial: 0, resource: i + 1, value: 0 }));
    expect(thin(curve, 1, [1, 3, 9]).map(({ resource }) => resource)).toEqual([1, 3, 9]);
    expect(thin(curve, 8, [1, 3, 9])).toHaveLength(8);
  });
});

test('values are clipped as far above the median as the best is below it, unless half are equally good', () => {
  expect([...clipWorst(Float64Array.of(900, 1, 3, 2, 4))]).toEqual([5, 1, 3, 2, 4]);
  expect([...clipWorst(Float64Array.of(1, 1, 1, 2, 900))]).toEqual([1, 1, 1, 2, 900]);
  expect([...clipWorst(new Float64Array())]).toEqual([]);
});

test('the acquisition looks at the highest level with enough observations, else at the lowest with any', () => {
  expect(acquisitionResource([1, 1, 1, 3, 3, 9], 2)).toBe(3);
  expect(acquisitionResource([9, 3], 2)).toBe(3);
});

test('a refit is due at sizes that depend on the observations alone', () => {
  const ones = (count: number) => Array<number>(count).fill(1);
  const schedule = { always: 10, every: 5 };
  expect([3, 10, 11, 14, 15, 19].map((n) => refitSize(ones(n), schedule))).toEqual([3, 10, 10, 10, 15, 15]);
  expect(refitSize([...ones(20), 27, 1, 1], { ...schedule, onlyAt: 27 })).toBe(21);
  expect(refitSize(ones(20), { ...schedule, onlyAt: 27 })).toBe(10);
});

describe('a surrogate', () => {
  const LEVEL_CODES = [1, 3, 9].map((r) => encodeResource(r, 9));
  const domain = { dimension: 2, warped: [], maxResource: 9, levels: [1, 3, 9] };
  const model = modelOf(JOINT_KERNELS.ExpDecaySum(domain));
  const fixed = model.at(decodeValues(model.hyperparameters, initialCodes(model.hyperparameters)));
  const points = (count: number, rng: Rng) =>
    fromRows(
      Array.from({ length: count }, () => [rng.uniform(), rng.uniform(), encodeResource([1, 3, 9][rng.int(3)]!, 9)]),
      3,
    );
  const normals = (rows: number, columns: number, rng: Rng): Matrix => ({
    rows,
    columns,
    data: Float64Array.from({ length: rows * columns }, () => rng.normal()),
  });

  test('proposes nothing that is not a number, whatever the values, their number and what is pending', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(0, 1e-12, 1, 1e12),
        (seed, observations, pending, size) => {
          const rng = stream(seed, 'surrogate', 0);
          const values = Float64Array.from({ length: observations }, () => size * (1 + rng.normal()));
          const evidence = {
            points: points(observations, rng),
            values,
            pending: points(pending, rng),
            alsoAt: LEVEL_CODES,
          };
          const known = surrogate(fixed, evidence, normals(4, pending, rng))!;
          const head = expectedImprovement({ incumbents: incumbents(known, encodeResource(9, 9)), margin: 0.01 });
          const score = acquisition(known, head)(Float64Array.of(rng.uniform(), rng.uniform(), encodeResource(9, 9)))!;
          expect([score.value, ...score.gradient()].every(Number.isFinite)).toBe(true);
          for (const { means, deviation } of beliefs(known, points(5, rng))) {
            expect([...means, deviation].every(Number.isFinite)).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('has a gradient of its acquisition that finite differences show', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'surrogate', 1);
        const values = Float64Array.from({ length: 8 }, () => 5 + 3 * rng.normal());
        const evidence = { points: points(8, rng), values, pending: points(3, rng), alsoAt: LEVEL_CODES };
        const known = surrogate(fixed, evidence, normals(4, 3, rng))!;
        const head = expectedImprovement({ incumbents: incumbents(known, encodeResource(3, 9)), margin: 0.01 });
        const objective = acquisition(known, head);
        const x = Float64Array.of(rng.uniform(), rng.uniform(), encodeResource(3, 9));
        const gradient = objective(x)!.gradient();
        // The resource is given: nothing moves along it.
        for (const i of [0, 1]) {
          const moved = (by: number) => objective(x.map((value, k) => (k === i ? value + by : value)))!.value;
          expect(Math.abs(gradient[i]! - (moved(1e-6) - moved(-1e-6)) / 2e-6)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 30 },
    );
  });
});
