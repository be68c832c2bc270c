import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial, hyperband } from '../../test/builders.ts';
import type { Trial } from '../model.ts';
import { observations, pendingEvaluations, type Where, type Which } from './evidence.ts';

const study = anEngineStudy({ resource: { min: 1, max: 27 }, algorithm: hyperband({ brackets: 2 }) });

/** Of bracket 1, which skips the rung at 1: reports at 1, 2 … up to `reached`. */
function aTrial(reached: number, trial: Partial<Trial> = {}): Trial {
  const reported = Array.from({ length: reached }, (_, i) => ({ resource: i + 1, value: 1 / (i + 1), at: i }));
  return anEngineTrial(1, { bracket: 1, until: 9, observations: reported, ...trial });
}

const seen = (trial: Trial, which: Which) => observations(study, [trial], which).map(({ resource }) => resource);
const pending = (trial: Trial, where: Where) => pendingEvaluations(study, [trial], where).map((row) => row.resource);

describe('the model sees', () => {
  test.each([
    ['Rungs', [1, 3]],
    ['RungsAndLast', [3, 5]],
    ['All', [1, 2, 3, 4, 5]],
  ] as const)('of %s', (which, resources) => {
    expect(seen(aTrial(5), which)).toEqual(resources);
  });

  test('the first report above a rung where there is none at it', () => {
    const sparse = aTrial(0, { observations: [2, 4, 20].map((resource) => ({ resource, value: 0, at: resource })) });
    expect(seen(sparse, 'Rungs')).toEqual([2, 4, 20]);
    expect(seen(sparse, 'RungsAndLast')).toEqual([4, 20]);
  });

  test('the result of code that ended between two rungs, but not the last report before a failure', () => {
    expect(seen(aTrial(5, { state: 'Completed' }), 'Rungs')).toEqual([1, 3, 5]);
    expect(seen(aTrial(5, { state: 'Failed' }), 'Rungs')).toEqual([1, 3]);
  });

  test('the maximum in any case', () => {
    expect(seen(aTrial(27), 'Rungs')).toEqual([1, 3, 9, 27]);
  });
});

describe('pending', () => {
  test.each([
    ['NextRung', [9]],
    ['NextUnit', [6]],
    ['EveryUnit', [6, 7, 8, 9]],
  ] as const)('is the %s', (where, resources) => {
    expect(pending(aTrial(5), where)).toEqual(resources);
  });

  test.each(['NextRung', 'NextUnit', 'EveryUnit'] as const)(
    'is nothing of a trial that rests or waits: %s',
    (where) => {
      expect(pending(aTrial(9, { state: 'Paused' }), where)).toEqual([]);
      expect(pending(aTrial(9), where)).toEqual([]);
    },
  );

  test('of long curves is at the strides that last, and at the next rung', () => {
    const long = anEngineStudy({ resource: { min: 1, max: 1000 } });
    const trial = aTrial(9, { until: 81 });
    expect(pendingEvaluations(long, [trial], 'EveryUnit').map(({ resource }) => resource)).toEqual([32, 64, 81]);
    expect(pendingEvaluations(long, [trial], 'NextUnit').map(({ resource }) => resource)).toEqual([32]);
  });
});
