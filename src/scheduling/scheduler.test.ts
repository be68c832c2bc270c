import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AsynchronousHyperband } from '../model.ts';
import { stream } from '../rng.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

function aScheduler(options: Partial<AsynchronousHyperband> = {}, max = 9): Scheduler {
  return createScheduler({
    goal: 'Minimize',
    resource: { min: 1, max },
    algorithm: {
      type: 'asynchronousHyperband',
      scheduling: 'Stopping',
      reductionFactor: 3,
      brackets: 1,
      rungs: 'Shared',
      rule: 'Quantile',
      ...options,
    },
  });
}

/** Enters values at one rung: the first is trial 1's. */
function entered(scheduler: Scheduler, values: readonly number[], { level = 1, bracket = 0 } = {}): Scheduler {
  for (const [i, value] of values.entries()) scheduler.enter({ trial: i + 1, bracket, level, value });
  return scheduler;
}

const judged = (scheduler: Scheduler, value: number) => scheduler.judge({ trial: 99, bracket: 0, level: 1, value });

describe('stopping', () => {
  test('lets the first trial of a rung run on to the next rung', () => {
    expect(judged(aScheduler(), 0.7)).toEqual({
      verdict: 'Continue',
      until: 3,
      why: { value: 0.7, rank: 1, of: 1, cut: undefined },
    });
  });

  test('stops a trial that is worse than the best third', () => {
    const { verdict, until, why } = judged(entered(aScheduler(), [0.1, 0.4, 0.7]), 0.5);
    expect({ verdict, until, rank: why.rank, of: why.of }).toEqual({ verdict: 'Stop', until: 1, rank: 3, of: 4 });
    expect(why.cut).toBeCloseTo(0.4, 12);
  });

  test('lets a trial that ties with the cut run on', () => {
    expect(judged(entered(aScheduler(), [0.2, 0.2, 0.2]), 0.2)).toMatchObject({
      verdict: 'Continue',
      why: { rank: 1, of: 4 },
    });
  });

  test('prefers high values when maximizing', () => {
    const scheduler = createScheduler({
      goal: 'Maximize',
      resource: { min: 1, max: 9 },
      algorithm: {
        type: 'asynchronousHyperband',
        scheduling: 'Stopping',
        reductionFactor: 3,
        brackets: 1,
        rungs: 'Shared',
        rule: 'Quantile',
      },
    });
    entered(scheduler, [0.1, 0.4, 0.7]);
    expect([0.9, 0.2].map((value) => judged(scheduler, value).verdict)).toEqual(['Continue', 'Stop']);
  });

  test('runs to the maximum above the top rung', () => {
    expect(aScheduler().judge({ trial: 1, bracket: 0, level: 3, value: 0 }).until).toBe(9);
  });

  test('by the top-k rule compares with the entries made before', () => {
    const scheduler = entered(aScheduler({ rule: 'TopK' }), [0.1, 0.4, 0.7]);
    expect([0.2, 0.35].map((value) => judged(scheduler, value).verdict)).toEqual(['Continue', 'Stop']);
    expect(judged(aScheduler({ rule: 'TopK' }), 5).verdict).toBe('Continue');
  });

  test('never promotes', () => {
    expect(entered(aScheduler(), [0.1, 0.2, 0.3]).promotable(0)).toBeUndefined();
  });
});

describe('promotion', () => {
  const promotion = (options: Partial<AsynchronousHyperband> = {}) =>
    aScheduler({ scheduling: 'Promotion', ...options });

  test('pauses every trial at its rung, even the best', () => {
    const ruling = judged(entered(promotion(), [0.2, 0.3]), 0.1);
    expect(ruling).toMatchObject({ verdict: 'Pause', until: 1, why: { rank: 1, of: 3 } });
  });

  test('promotes the best that waits to the next level, and says why', () => {
    expect(entered(promotion(), [0.5, 0.1, 0.9]).promotable(0)).toMatchObject({
      trial: 2,
      level: 1,
      until: 3,
      why: { value: 0.1, rank: 1, of: 3 },
    });
  });

  test('does not promote the only entry', () => {
    expect(entered(promotion(), [0.1]).promotable(0)).toBeUndefined();
  });

  test('looks at the highest rung first', () => {
    const scheduler = entered(promotion(), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    scheduler.promoted(1, 1);
    scheduler.promoted(2, 1);
    entered(scheduler, [0.1, 0.2], { level: 3 });
    expect(scheduler.promotable(0)).toMatchObject({ trial: 1, level: 3, until: 9 });
  });

  test('skips retired trials, whose entries still count', () => {
    const scheduler = entered(promotion(), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    scheduler.retire(1);
    expect(scheduler.promotable(0)).toMatchObject({ trial: 2, why: { rank: 2, of: 6 } });
  });

  test('by the top-k rule waits for as many entries as the reduction factor and promotes a third of them', () => {
    expect(entered(promotion({ rule: 'TopK' }), [0.1, 0.2]).promotable(0)).toBeUndefined();
    const scheduler = entered(promotion({ rule: 'TopK' }), [0.3, 0.2, 0.1, 0.4, 0.5]);
    expect(scheduler.promotable(0)).toMatchObject({ trial: 3, why: { cut: 0.1 } });
    scheduler.promoted(3, 1);
    expect(scheduler.promotable(0)).toBeUndefined();
  });

  test('never promotes a trial twice from a rung, nor one that is not good enough', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 80 }),
        fc.constantFrom('Quantile' as const, 'TopK' as const),
        fc.nat(),
        (values, rule, seed) => {
          const scheduler = promotion({ rule });
          const rng = stream(seed, 'test', 0);
          const promoted: number[] = [];
          for (const [i, value] of values.entries()) {
            scheduler.enter({ trial: i, bracket: 0, level: 1, value });
            const found = rng.uniform() < 0.5 ? scheduler.promotable(0) : undefined;
            if (found === undefined) continue;
            expect(found.why.value).toBeLessThanOrEqual(found.why.cut!);
            scheduler.promoted(found.trial, found.level);
            promoted.push(found.trial);
          }
          expect(new Set(promoted).size).toBe(promoted.length);
        },
      ),
    );
  });
});

describe('brackets', () => {
  test('skip the lowest rungs; the last runs straight to the maximum', () => {
    const scheduler = aScheduler({ brackets: 9 });
    expect(scheduler.brackets.map(({ levels }) => levels)).toEqual([[1, 3], [3], []]);
    expect([0, 1, 2].map((bracket) => scheduler.first(bracket))).toEqual([1, 3, 9]);
    expect([scheduler.next(0, 1), scheduler.next(1, 3), scheduler.next(2, 0)]).toEqual([3, 9, 9]);
  });

  test('that share their rungs compete with each other', () => {
    const scheduler = entered(aScheduler({ brackets: 2 }), [0.1, 0.2, 0.3], { level: 3, bracket: 1 });
    expect(scheduler.judge({ trial: 9, bracket: 0, level: 3, value: 0.4 })).toMatchObject({
      verdict: 'Stop',
      why: { of: 4 },
    });
  });

  test('with rungs of their own do not', () => {
    const scheduler = entered(aScheduler({ brackets: 2, rungs: 'PerBracket' }), [0.1, 0.2, 0.3], {
      level: 3,
      bracket: 1,
    });
    expect(scheduler.judge({ trial: 9, bracket: 0, level: 3, value: 0.4 })).toMatchObject({
      verdict: 'Continue',
      why: { of: 1 },
    });
  });

  test('promote from the shared rungs, whichever was drawn, or from their own', () => {
    const options = { scheduling: 'Promotion', brackets: 2 } as const;
    const shared = entered(aScheduler({ ...options }), [0.1, 0.2, 0.3]);
    expect([shared.promotable(0)?.trial, shared.promotable(1)?.trial]).toEqual([1, 1]);
    const own = entered(aScheduler({ ...options, rungs: 'PerBracket' }), [0.1, 0.2, 0.3]);
    expect([own.promotable(0)?.trial, own.promotable(1)?.trial]).toEqual([1, undefined]);
  });

  test('and levels that do not exist are refused', () => {
    expect(() => aScheduler().enter({ trial: 1, bracket: 0, level: 2, value: 0 })).toThrow(RangeError);
    expect(() => aScheduler().first(1)).toThrow(RangeError);
  });
});

describe('random search', () => {
  const scheduler = createScheduler({
    goal: 'Minimize',
    resource: { min: 1, max: 9 },
    algorithm: { type: 'randomSearch' },
  });

  test('runs every trial straight to the maximum', () => {
    expect(scheduler.brackets).toEqual([{ probability: 1, levels: [] }]);
    expect([scheduler.first(0), scheduler.next(0, 1), scheduler.promotable(0)]).toEqual([9, 9, undefined]);
  });

  test('has no rung to enter', () => {
    expect(() => scheduler.enter({ trial: 1, bracket: 0, level: 1, value: 0 })).toThrow(RangeError);
  });
});

test('judging changes nothing', () => {
  const scheduler = entered(aScheduler(), [0.3, 0.2, 0.9]);
  const before = judged(scheduler, 0.4);
  judged(scheduler, 0.01);
  expect(judged(scheduler, 0.4)).toEqual(before);
});
