import { describe, expect, test } from 'vitest';
import { fromRows } from '../linalg/matrix.ts';
import type { Parameter } from '../model.ts';
import { createSpace } from '../space/space.ts';
import { badness, density, goodCount, probability } from './density.ts';
import { features, featureTypes } from './density-features.ts';

describe('a density', () => {
  test('of a number integrates to 1', () => {
    const own = density(['Continuous'], fromRows([[0.2], [0.3], [0.7]]), 1e-3);
    let sum = 0;
    for (let x = -2; x < 3; x += 0.001) sum += 0.001 * probability(own, Float64Array.of(x));
    expect(sum).toBeCloseTo(1, 6);
  });

  test('is greater near the data', () => {
    const [good, bad] = [[0.1], [0.15]].map((x) => density(['Continuous'], fromRows([x]), 0.05));
    expect(badness(good!, bad!, Float64Array.of(0.1))).toBeLessThan(badness(good!, bad!, Float64Array.of(0.15)));
  });

  test('of a single value stays finite elsewhere', () => {
    const own = density(['Unordered', 'Ordered', 'Continuous'], fromRows([[0, 0, 0]]), 0.1);
    expect(Number.isFinite(badness(own, own, Float64Array.of(0.5, 1, 100)))).toBe(true);
  });
});

test('good and bad observations are told apart where both are more than wanted', () => {
  expect([5, 9, 10, 40].map((n) => goodCount(n, { percent: 15, least: 2, dimension: 2 }))).toEqual([
    undefined,
    undefined,
    undefined,
    6,
  ]);
});

test('features are numbers on their scale, and the places of categories', () => {
  const parameters: Parameter[] = [
    { name: 'a', type: 'float', min: 1e-4, max: 1, scale: 'Log' },
    { name: 'b', type: 'categorical', values: ['x', 'y', 'z', 'w'] },
    { name: 'c', type: 'int', min: 1, max: 2, scale: 'Linear' },
  ];
  const space = createSpace(parameters);
  expect(featureTypes(space)).toEqual(['Continuous', 'Unordered', 'Ordered']);
  const [a, b, c] = features(space, { a: 1e-2, b: 'z', c: 1 });
  expect([a, b]).toEqual([expect.closeTo(0.5, 12), 0.5]);
  expect(c).toBeCloseTo(0.25, 6);
});
