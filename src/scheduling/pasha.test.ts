import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hyperband } from '../../test/builders.ts';
import { CurveNoise } from './curve-noise.ts';
import { GrowingMaximum } from './pasha.ts';
import { Rung } from './rungs.ts';
import { createScheduler } from './scheduler.ts';

const curve = (...values: readonly number[]) => values.map((value, i) => ({ resource: i + 1, value }));

describe('the noise of curves', () => {
  const window = { above: 1, to: 4 };
  const noise = (...curves: readonly (readonly number[])[]) => {
    const found = new CurveNoise();
    for (const [trial, values] of curves.entries()) found.report(trial, curve(...values));
    return found.quantile(0.9, window);
  };

  test('is how far apart those are that cross and cross back', () => {
    expect(noise([4, 3, 2, 1], [5, 2, 3, 1.5])).toBe(0.5);
  });

  test('is not there where they cross once, or never', () => {
    expect(noise([4, 3, 2, 1], [5, 2, 1, 0.5])).toBeUndefined();
    expect(noise([4, 3, 2, 1], [5, 4, 3, 2])).toBeUndefined();
  });

  test('is looked at where the shorter one ends, if that is in the window', () => {
    expect(noise([4, 3, 2, 1], [5, 2, 2.25])).toBe(0.25);
    expect(noise([4], [5, 2, 3])).toBeUndefined();
  });

  test('is the same whether reports come one by one or all at once, whoever looks between', () => {
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 });
    const windows = fc.constantFrom(window, { above: 2, to: 5 });
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), windows, (curves, last) => {
        const [slow, quick] = [new CurveNoise(), new CurveNoise()];
        for (const [trial, own] of curves.entries()) quick.report(trial, curve(...own));
        for (let r = 0; r < 6; r++) {
          for (const [trial, own] of curves.entries()) slow.report(trial, curve(...own).slice(r, r + 1));
          slow.quantile(0.9, window);
        }
        expect(slow.quantile(0.9, last)).toBe(quick.quantile(0.9, last));
      }),
    );
  });
});

describe('the maximum', () => {
  const rungsOf = (...levels: readonly number[]) => levels.map((level) => new Rung(level, 1 / 3, 'Minimize'));

  /** Trials with these values at the two lowest rungs, without reports between. */
  function grown(pairs: readonly (readonly [number, number])[]): number {
    const rungs = rungsOf(1, 3, 9);
    const growing = new GrowingMaximum(rungs, 27);
    for (const [trial, [low, high]] of pairs.entries()) {
      rungs[0]!.enter({ trial, value: low });
      rungs[1]!.enter({ trial, value: high });
      growing.report(trial, []);
    }
    return growing.level;
  }

  test('stays at the second rung while both rank their trials alike', () => {
    expect(grown([])).toBe(3);
    expect(
      grown([
        [0.5, 0.4],
        [0.6, 0.5],
        [0.7, 0.6],
      ]),
    ).toBe(3);
  });

  test('grows to the next rung when they do not', () => {
    expect(
      grown([
        [0.5, 0.4],
        [0.6, 0.3],
      ]),
    ).toBe(9);
  });

  test('does not grow for those that are equal', () => {
    expect(
      grown([
        [0.5, 0.4],
        [0.5, 0.3],
      ]),
    ).toBe(3);
  });

  test('is the whole one where there are less than two rungs', () => {
    expect([rungsOf(), rungsOf(1)].map((rungs) => new GrowingMaximum(rungs, 9).level)).toEqual([9, 9]);
  });

  test('holds promotions back until it has grown', () => {
    const scheduler = createScheduler({
      goal: 'Minimize',
      resource: { min: 1, max: 27 },
      algorithm: hyperband({ scheduling: 'Promotion', maxResource: 'Growing' }),
    });
    const enter = (trial: number, level: number, value: number) =>
      scheduler.enter({ trial, bracket: 0, level, value, curve: [{ resource: level, value }] });
    for (const trial of [1, 2, 3, 4, 5, 6, 7]) enter(trial, 1, trial / 10);
    for (const trial of [1, 2, 3]) {
      scheduler.promoted(trial, 1);
      enter(trial, 3, trial / 20);
    }
    expect(scheduler.promotable(0)).toBeUndefined();
    scheduler.promoted(4, 1);
    enter(4, 3, 0.01);
    expect(scheduler.promotable(0)).toMatchObject({ trial: 4, level: 3, until: 9 });
  });
});
