import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bracketDistribution } from './brackets.ts';
import { learnedDistribution } from './learned-brackets.ts';

const LEVELS = [1, 3, 9, 27];
const hyperband = (brackets: number) => bracketDistribution(LEVELS.slice(0, -1), 27, brackets);
const weigh = (...weights: readonly number[]) => weights.map((weight, k) => ({ level: LEVELS[k] ?? 0, weight }));

test('brackets are drawn by weight and inverse cost', () => {
  expect(learnedDistribution(hyperband(3), LEVELS, weigh(0.1, 0.3, 0.6))).toEqual([
    expect.closeTo(3 / 8, 12),
    expect.closeTo(3 / 8, 12),
    expect.closeTo(2 / 8, 12),
  ]);
});

test('a bracket whose level is never trusted is never drawn', () => {
  expect(learnedDistribution(hyperband(3), LEVELS, weigh(0, 0.5, 0.5))[0]).toBe(0);
});

test('brackets nothing is known of keep the probability they have in Hyperband', () => {
  const before = hyperband(4);
  const after = learnedDistribution(before, LEVELS, weigh(0, 1));
  expect(after.slice(2)).toEqual(before.slice(2));
  expect(after.slice(0, 2)).toEqual([0, expect.closeTo((before[0] ?? 0) + (before[1] ?? 0), 12)]);
});

test('a weight between two levels counts for the lower', () => {
  const between = [
    { level: 2, weight: 0 },
    { level: 4, weight: 1 },
  ];
  expect(learnedDistribution(hyperband(2), LEVELS, between)).toEqual([0, 1]);
});

test('weights above all brackets change nothing', () => {
  expect(learnedDistribution(hyperband(2), LEVELS, weigh(0, 0, 1))).toEqual(hyperband(2));
});

test('the probabilities add up to 1', () => {
  const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), weights, (brackets, own) => {
      const distribution = learnedDistribution(hyperband(brackets), LEVELS, weigh(...own));
      expect(distribution.every((probability) => probability >= 0)).toBe(true);
      expect(distribution.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 9);
    }),
  );
});
