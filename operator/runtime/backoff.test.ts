import { expect, test } from 'vitest';
import { backoff } from './backoff.ts';

const options = { firstMs: 800, longestMs: 30_000, quietMs: 120_000 };

test('waits double up to a limit, and begin again after a quiet time', () => {
  const wait = backoff(options, () => 1);
  expect([0, 1, 2, 3, 4, 5, 6, 7].map(wait)).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  expect(wait(7 + 30_000 + 120_000)).toBe(30_000);
  expect(wait(7 + 2 * (30_000 + 120_000) + 1)).toBe(800);
});

test('half of each wait is left to chance', () => {
  expect(backoff(options, () => 0)(0)).toBe(400);
  expect(backoff(options, () => 0.5)(0)).toBe(600);
});
