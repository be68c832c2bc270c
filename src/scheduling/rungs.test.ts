import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bracketDistribution, drawBracket } from './brackets.ts';
import { quantileCut } from './rules.ts';
import { Rung, rungLevels } from './rungs.ts';

const goals = fc.constantFrom('Minimize' as const, 'Maximize' as const);
const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), { maxLength: 60 });
const shares = fc.double({ noNaN: true, min: 0.01, max: 0.99 });

function rungOf(entered: readonly number[], goal: 'Minimize' | 'Maximize', q = 0.5): Rung {
  const rung = new Rung(1, q, goal);
  for (const [trial, value] of entered.entries()) rung.enter({ trial, value });
  return rung;
}

describe('rung levels', () => {
  const levels = (min: number, max: number, reductionFactor: number) => rungLevels({ min, max }, { reductionFactor });

  test('grow by the reduction factor and stay below the maximum', () => {
    expect(levels(1, 81, 3)).toEqual([1, 3, 9, 27]);
    expect(levels(2, 20, 2)).toEqual([2, 4, 8, 16]);
  });

  test('are rounded half to even, count once and never reach the maximum by rounding', () => {
    expect(levels(2, 20, 2.5)).toEqual([2, 5, 12]);
    expect(levels(1, 3, 1.2)).toEqual([1, 2]);
  });

  test('are none when the smallest resource is the largest', () => {
    expect(levels(5, 5, 3)).toEqual([]);
  });

  test('may be given; one at the maximum is left out', () => {
    expect(rungLevels({ min: 1, max: 64 }, { reductionFactor: 3, rungLevels: [1, 4, 16, 64] })).toEqual([1, 4, 16]);
  });

  test('need a reduction factor above 1', () => {
    expect(() => levels(1, 9, 1)).toThrow(RangeError);
  });
});

describe('a rung', () => {
  test('holds its entries best first and keeps the order of equal ones', () => {
    const rung = rungOf([2, 1, 2, 3, 1], 'Minimize');
    expect(rung.entries.map(({ trial }) => trial)).toEqual([1, 4, 0, 2, 3]);
    expect([1, 2, 3, 4].map((value) => rung.rank(value))).toEqual([1, 3, 5, 6]);
  });

  test('has the order of a stable sort, whatever is entered', () => {
    fc.assert(
      fc.property(values, goals, (entered, goal) => {
        const sign = goal === 'Minimize' ? 1 : -1;
        const sorted = entered.map((value, trial) => ({ trial, value })).sort((a, b) => sign * (a.value - b.value));
        expect(rungOf(entered, goal).entries).toEqual(sorted);
      }),
    );
  });

  test('has a cut that does not depend on the order of its entries', () => {
    fc.assert(
      fc.property(
        values.chain((v) => fc.tuple(fc.constant(v), fc.shuffledSubarray(v, { minLength: v.length }))),
        goals,
        shares,
        ([entered, shuffled], goal, q) => {
          expect(quantileCut(rungOf(shuffled, goal), q, goal)).toBe(quantileCut(rungOf(entered, goal), q, goal));
        },
      ),
    );
  });

  test('tells how it would be with one more value', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -5, max: 5 }), goals, (entered, value, goal) => {
        const ranking = rungOf(entered, goal).including(value);
        const then = rungOf([...entered, value], goal);
        expect(Array.from({ length: ranking.size }, (_, i) => ranking.at(i))).toEqual(then.entries.map((e) => e.value));
      }),
    );
  });

  test('has the same cut for maximizing as for minimizing the negated values', () => {
    fc.assert(
      fc.property(values, shares, (entered, q) => {
        const minimized = quantileCut(
          rungOf(
            entered.map((x) => -x),
            'Minimize',
          ),
          q,
          'Minimize',
        );
        const maximized = quantileCut(rungOf(entered, 'Maximize'), q, 'Maximize');
        if (minimized === undefined) expect(maximized).toBeUndefined();
        else expect(Math.abs(maximized! + minimized)).toBeLessThanOrEqual(1e-6 * Math.max(1, ...entered.map(Math.abs)));
      }),
    );
  });
});

describe('brackets', () => {
  const systems = fc.record({
    min: fc.integer({ min: 1, max: 9 }),
    max: fc.integer({ min: 10, max: 300 }),
    eta: fc.double({ min: 1.5, max: 5, noNaN: true }),
    brackets: fc.integer({ min: 1, max: 12 }),
  });

  test('have probabilities that add up to one, one bracket per rung and one without rungs at most', () => {
    fc.assert(
      fc.property(systems, ({ min, max, eta, brackets }) => {
        const levels = rungLevels({ min, max }, { reductionFactor: eta });
        const distribution = bracketDistribution(levels, max, brackets);
        expect(distribution).toHaveLength(Math.min(brackets, levels.length + 1));
        expect(distribution.every((p) => p > 0)).toBe(true);
        expect(distribution.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      }),
    );
  });

  test('are drawn by where a uniform number falls', () => {
    const draws = [0, 0.59, 0.6, 0.89, 0.9, 1 - 2 ** -53].map((u) => drawBracket([0.6, 0.3, 0.1], u));
    expect(draws).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('are drawn even where the probabilities round to less than one', () => {
    expect(drawBracket([0.5, 0.4999999], 0.99999999)).toBe(1);
  });
});
