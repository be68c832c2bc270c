import { describe, expect, test } from 'vitest';
import { hyperband } from '../../test/builders.ts';
import { affordable } from './cost-aware.ts';
import { Rung } from './rungs.ts';
import { createScheduler } from './scheduler.ts';

/** Trial n has value n: the best are the first. */
function rungOf(...costs: readonly (number | undefined)[]): Rung {
  const rung = new Rung(3, 1 / 3, 'Minimize');
  for (const [trial, cost] of costs.entries()) rung.enter({ trial, value: trial, cost });
  return rung;
}

describe('of a rung one may afford', () => {
  test.each([
    [[1, 1, 1, 1, 1, 1], 2],
    [[3, 1, 1, 1, 1, 1], 0],
    [[1, 1, 1, 1, 1, 9], 4],
    [[1], 0],
    [[], 0],
  ] as const)('with costs %j, best first, the best %i', (costs, count) => {
    expect(affordable(rungOf(...costs), 1 / 3)).toBe(count);
  });

  test('as many as of equal ones where nobody knows their costs', () => {
    expect(affordable(rungOf(...Array(9).fill(undefined)), 1 / 3)).toBe(3);
  });
});

test('the best waits while it has cost too much, and goes on once others have cost enough', () => {
  const scheduler = createScheduler({
    goal: 'Maximize',
    resource: { min: 1, max: 9 },
    algorithm: hyperband({ scheduling: 'Promotion', rule: 'CostAware' }),
  });
  const enter = (trial: number, value: number, cost: number) =>
    scheduler.enter({ trial, bracket: 0, level: 1, value, cost });
  enter(1, 0.9, 5);
  enter(2, 0.5, 5);
  expect(scheduler.promotable(0)).toBeUndefined();
  enter(3, 0.1, 5);
  expect(scheduler.promotable(0)).toMatchObject({ trial: 1, until: 3, why: { value: 0.9, rank: 1, of: 3, cut: 0.9 } });
  scheduler.promoted(1, 1);
  expect(scheduler.promotable(0)).toBeUndefined();
});
