import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stream } from '../rng.ts';
import { minimize } from './lbfgsb.ts';
import type { Objective } from './line-search.ts';

const OPTIONS = { maxIterations: 500, gradientTolerance: 1e-8, valueTolerance: 0 };

const box = (n: number, lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY) => ({
  lower: new Float64Array(n).fill(lower),
  upper: new Float64Array(n).fill(upper),
});

/** Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)². */
const rosenbrock: Objective = (x) => ({
  value: [...x.slice(1)].reduce((sum, next, i) => sum + 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2, 0),
  gradient: () =>
    x.map((value, i) => {
      const ahead = i + 1 < x.length ? -400 * value * (x[i + 1]! - value ** 2) - 2 * (1 - value) : 0;
      return ahead + (i > 0 ? 200 * (value - x[i - 1]! ** 2) : 0);
    }),
});

const quadratic =
  (centre: readonly number[], curvature: readonly number[]): Objective =>
  (x) => ({
    value: centre.reduce((sum, c, i) => sum + 0.5 * curvature[i]! * (x[i]! - c) ** 2, 0),
    gradient: () => x.map((value, i) => curvature[i]! * (value - centre[i]!)),
  });

describe('a minimum', () => {
  test.each([2, 5, 20])('at the end of a curved valley is found in %i dimensions', (n) => {
    const found = minimize(rosenbrock, new Float64Array(n).fill(-0.5), box(n), OPTIONS);
    expect(found?.value).toBeLessThan(1e-12);
    expect(found?.iterations).toBeLessThan(150);
  });

  test('of a quadratic is its centre moved into the box', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.maxSafeNat(), (n, seed) => {
        const rng = stream(seed, 'quadratic', 0);
        const centre = Array.from({ length: n }, () => 3 * rng.normal());
        const curvature = Array.from({ length: n }, () => Math.exp(3 * rng.normal()));
        const start = Float64Array.from({ length: n }, () => 5 * rng.normal());
        const objective = quadratic(centre, curvature);
        const found = minimize(objective, start, box(n, -1, 1), OPTIONS);
        const least = objective(Float64Array.from(centre, (c) => Math.min(1, Math.max(-1, c))))!.value;
        // By its value: the flatter the function, the less its gradient tells where the minimum is.
        expect(found!.value - least).toBeLessThan(1e-12 * Math.max(1, least));
      }),
      { numRuns: 200 },
    );
  });

  test('of Rosenbrock within a box lies on its edge', () => {
    const found = minimize(rosenbrock, Float64Array.of(-1, 0), box(2, -2, 0.5), OPTIONS);
    expect(found?.x[0]).toBeCloseTo(0.5, 6);
    expect(found?.x[1]).toBeCloseTo(0.25, 6);
  });
});

describe('a function that cannot be computed', () => {
  test('at the start has no minimum', () => {
    expect(minimize(() => undefined, Float64Array.of(0), box(1), OPTIONS)).toBe(undefined);
  });

  test('beyond some point is minimised up to it', () => {
    const logarithm: Objective = (x) =>
      x[0]! <= 0 ? undefined : { value: x[0]! - Math.log(x[0]!), gradient: () => Float64Array.of(1 - 1 / x[0]!) };
    expect(minimize(logarithm, Float64Array.of(30), box(1), OPTIONS)?.x[0]).toBeCloseTo(1, 6);
  });
});

test('the value never gets worse, whatever the number of iterations', () => {
  const values = [0, 1, 2, 5, 10, 40].map(
    (maxIterations) => minimize(rosenbrock, Float64Array.of(-1.2, 1), box(2), { ...OPTIONS, maxIterations })!.value,
  );
  expect(values).toEqual(values.toSorted((a, b) => b - a));
});
