import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lasting, MAX_BETWEEN } from '../../src/curve.ts';
import { NOW } from '../../test/builders.ts';
import { MAX_OBSERVATIONS, type Report } from '../api/trial.ts';
import { type Curve, extend, keyReports } from './curve.ts';

const at = (resource: number, value = 1 / resource): Report => ({ resource, value, at: NOW });
const levels = [1, 3, 9, 27];
const empty: Curve = { reports: [], levels };
const resources = ({ reports }: Curve): readonly number[] => reports.map(({ resource }) => resource);

describe('a curve', () => {
  test('takes reports in order', () => {
    expect(resources(extend(empty, [at(1), at(2), at(5)]))).toEqual([1, 2, 5]);
  });

  test('read again is the same curve', () => {
    const curve = extend(empty, [at(1), at(2)]);
    expect(extend(curve, [at(1), at(2)])).toBe(curve);
  });

  test('keeps the first value reported for a level, and nothing that goes backwards', () => {
    const curve = extend(empty, [at(4, 0.4), at(2, 0.2), at(4, 0.9), at(5, 0.5)]);
    expect(curve.reports).toEqual([at(4, 0.4), at(5, 0.5)]);
  });

  test('goes on where an attempt that starts over comes past what was reached', () => {
    const curve = extend(extend(empty, [at(1), at(2), at(3)]), [at(1, 9), at(2, 9), at(3, 9), at(4)]);
    expect(curve.reports).toEqual([at(1), at(2), at(3), at(4)]);
  });
});

test('key reports are the first at or above each level', () => {
  expect([...keyReports([at(1), at(2), at(4), at(10), at(40)], levels)]).toEqual([1, 4, 10, 40]);
});

test('however many reports come, a curve keeps its end and the reports that last, and fits into a status', () => {
  const strides = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 600 });
  const rungs = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 26 });
  fc.assert(
    fc.property(strides, rungs, fc.integer({ min: 1, max: 50 }), (steps, unsorted, batch) => {
      const sorted = unsorted.toSorted((a, b) => a - b);
      let resource = 0;
      const all = steps.map((step) => {
        resource += step;
        return at(resource);
      });
      let curve: Curve = { reports: [], levels: sorted };
      for (let i = 0; i < all.length; i += batch) curve = extend(curve, all.slice(i, i + batch));
      const kept = new Set(resources(curve));
      const max = Math.max(...resources({ reports: all, levels: sorted }));
      for (const { resource: lasts } of lasting(all, { levels: sorted, max })) expect(kept).toContain(lasts);
      expect(kept).toContain(all.at(-1)?.resource);
      expect(kept.size).toBeLessThanOrEqual(MAX_BETWEEN + sorted.length + 1);
      expect(kept.size).toBeLessThanOrEqual(MAX_OBSERVATIONS);
    }),
    { numRuns: 200 },
  );
});

describe('additional metrics', () => {
  const levels = [1, 3, 9];
  const with_ = (resource: number, value: number, loss: number): Report => ({
    ...at(resource, value),
    additional: { loss },
  });
  const kept = (reports: readonly Report[]) =>
    extend({ reports: [], levels, goal: 'Minimize' }, reports).reports.flatMap(({ resource, additional }) =>
      additional ? [[resource, additional['loss']]] : [],
    );

  test('stay at rung levels, at the best and at the last report', () => {
    const values = [0.9, 0.8, 0.7, 0.2, 0.6, 0.5];
    expect(kept(values.map((value, i) => with_(i + 1, value, 10 * (i + 1))))).toEqual([
      [1, 10],
      [3, 30],
      [4, 40],
      [6, 60],
    ]);
  });

  test('that come after the last report are added to it', () => {
    const curve = extend({ reports: [], levels }, [at(1, 0.5)]);
    expect(extend(curve, [with_(1, 0.5, 7)]).reports).toEqual([with_(1, 0.5, 7)]);
  });

  test('take little room, whatever they are called; the last are kept', () => {
    const long = (resource: number): Report => ({
      ...at(resource, 1 / resource),
      additional: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${'x'.repeat(127)}${i}`, 1 / 3])),
    });
    const { reports } = extend({ reports: [], levels: [1, 2, 3, 4] }, [1, 2, 3, 4, 5].map(long));
    expect(reports.filter(({ additional }) => additional).map(({ resource }) => resource)).toEqual([5]);
  });
});
