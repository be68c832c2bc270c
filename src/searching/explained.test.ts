import { expect, test } from 'vitest';
import { explained } from './explained.ts';

const judged = { resource: 9, mean: 0.123_456_789, deviation: 0.04, acquisition: -0.012 };

test.each([
  ['Minimize', 'ExpectedImprovement', 0.123_457, 0.012],
  ['Maximize', 'ExpectedImprovement', -0.123_457, 0.012],
  ['Minimize', 'LowerConfidenceBound', 0.123_457, -0.012],
  ['Maximize', 'LowerConfidenceBound', -0.123_457, 0.012],
] as const)('to %s by %s: the mean is %d, the acquisition %d', (goal, acquisition, mean, value) => {
  const proposal = { level: 9, mean, deviation: 0.04, acquisition: value };
  expect(explained(judged, goal, acquisition)).toEqual({ proposal });
});

test('what cannot be written down is left out', () => {
  expect(explained({ ...judged, mean: Number.NaN }, 'Minimize', 'ExpectedImprovement')).toEqual({});
  expect(explained({ ...judged, deviation: Number.POSITIVE_INFINITY }, 'Minimize', 'ExpectedImprovement')).toEqual({});
});
