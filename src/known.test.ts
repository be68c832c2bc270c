import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial, someAbohb } from '../test/builders.ts';
import { aHistory, someStudies } from '../test/history.ts';
import { knownTrials } from './known.ts';
import { lastSeq } from './ledger.ts';

const report = (resource: number, value: number) => ({ resource, value, at: resource });

describe('what was known', () => {
  const trial = anEngineTrial(1, {
    until: 9,
    state: 'Stopped',
    observations: [report(1, 0.5), report(2, 0.4), report(3, 0.3), report(4, 0.2)],
    decisions: [
      { seq: 1, kind: 'Start' },
      { seq: 2, kind: 'Continue', level: 1 },
      { seq: 5, kind: 'Stop', level: 3 },
    ],
  });

  test.each([
    [1, 'Active', 1, []],
    [2, 'Active', 3, [report(1, 0.5)]],
    [4, 'Active', 3, [report(1, 0.5)]],
    [5, 'Stopped', 3, [report(1, 0.5), report(3, 0.3)]],
  ] as const)('after decision %i is what was judged by then', (seq, state, until, observations) => {
    expect(knownTrials(anEngineStudy(), [trial], seq)[0]).toMatchObject({ state, until, observations });
  });

  test.each([
    ['All', 2, [report(1, 0.5)]],
    ['All', 5, [report(1, 0.5), report(2, 0.4), report(3, 0.3)]],
    ['Rungs', 5, [report(1, 0.5), report(2, 0.4), report(3, 0.3)]],
    ['RungsAndLast', 5, [report(1, 0.5), report(3, 0.3)]],
  ] as const)(
    'to a model that sees %s, after decision %i, is what was reported up to there',
    (observations, seq, known) => {
      const study = anEngineStudy({ algorithm: someAbohb({ observations }) });
      expect(knownTrials(study, [trial], seq)[0]?.observations).toEqual(known);
    },
  );

  test('of a trial whose Start is not on record yet is that it is pending', () => {
    expect(knownTrials(anEngineStudy(), [anEngineTrial(9)], 3)[0]).toMatchObject({ state: 'Active', observations: [] });
  });

  test('does not change, whatever happens later', () => {
    fc.assert(
      fc.property(someStudies(), fc.nat(1000), (study, seed) => {
        const moments = [...aHistory(study, { seed, steps: 30 })];
        const end = moments.at(-1) ?? [];
        for (const trials of moments) {
          const seq = lastSeq(trials);
          const started = end.filter(({ number }) => trials.some((trial) => trial.number === number));
          expect(knownTrials(study, started, seq)).toEqual(knownTrials(study, trials, seq));
        }
      }),
      { numRuns: 50 },
    );
  });
});
