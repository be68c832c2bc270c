import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Rng, stream } from './rng.ts';

const take = (rng: Rng, count: number) => Array.from({ length: count }, () => rng.uniform());
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const seeds = fc.maxSafeInteger();

describe('a stream', () => {
  test('never changes: recorded studies are replayed with it', () => {
    expect(take(stream(17, 'suggest', 1), 3)).toEqual([0.07595250630256911, 0.4335778227327457, 0.30445542169537243]);
  });

  test('is the same for the same seed, purpose and number', () => {
    fc.assert(
      fc.property(seeds, fc.string(), seeds, (seed, purpose, n) => {
        expect(take(stream(seed, purpose, n), 5)).toEqual(take(stream(seed, purpose, n), 5));
      }),
    );
  });

  test('differs when the seed, the purpose or the number differs', () => {
    const keys: [number, string, number][] = [-1, 0, 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].flatMap((seed) =>
      ['', 'a', 'bracket', 'suggest'].flatMap((purpose) =>
        [0, 1, 2, 2 ** 33].map((n) => [seed, purpose, n] as [number, string, number]),
      ),
    );
    const first = keys.map((key) => stream(...key).uniform());
    expect(new Set(first).size).toBe(keys.length);
  });

  test('of one number says nothing about the stream of the next', () => {
    const first = Array.from({ length: 4000 }, (_, n) => stream(1, 'suggest', n).uniform());
    const lagged = first.slice(1).map((x, i) => (x - 0.5) * (first[i]! - 0.5));
    expect(Math.abs(mean(first) - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(mean(lagged)) * 12).toBeLessThan(0.06);
  });
});

test('uniform numbers lie in [0, 1) with mean 1/2 and variance 1/12', () => {
  const values = take(stream(3, 'test', 0), 20_000);
  expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
  expect(mean(values)).toBeCloseTo(0.5, 1.5);
  expect(mean(values.map((x) => (x - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
});

test('integers lie in [0, bound) and each is drawn', () => {
  const rng = stream(4, 'test', 0);
  const drawn = new Set(Array.from({ length: 500 }, () => rng.int(7)));
  expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, bound) => {
      const x = stream(seed, 'int', 0).int(bound);
      expect(Number.isInteger(x) && x >= 0 && x < bound).toBe(true);
    }),
  );
});

test('normal numbers have mean 0, variance 1 and no skew', () => {
  const rng = stream(5, 'test', 0);
  const values = Array.from({ length: 20_000 }, () => rng.normal());
  expect(Math.abs(mean(values))).toBeLessThan(0.03);
  expect(Math.abs(mean(values.map((x) => x ** 2)) - 1)).toBeLessThan(0.05);
  expect(Math.abs(mean(values.map((x) => x ** 3)))).toBeLessThan(0.1);
});
