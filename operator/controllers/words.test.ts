import { describe, expect, test } from 'vitest';
import { aStudy } from '../../test/builders.ts';
import { decided } from './words.ts';

const started = {
  kind: 'Start',
  seq: 7,
  known: 6,
  trial: 3,
  config: { lr: 0.123_456 },
  bracket: 0,
  until: 1,
  origin: 'Model',
} as const;
const proposal = { level: 9, acquisition: 0.012_345_6, mean: 0.314_159, deviation: 0.043_21 };

describe('a start is told with where the configuration came from', () => {
  test('and nothing more where no model proposed it', () => {
    const words = decided(aStudy().spec, { ...started, origin: 'Random' });
    expect(words).toBe('started to epoch 1 with lr=0.1235 (Random)');
  });

  test.each([
    [
      'Minimize',
      { abohb: {} },
      'expected improvement per cost 0.01235 at epoch 9; val_error 0.3142 ± 0.043 predicted there',
    ],
    [
      'Minimize',
      { bayesianOptimization: {} },
      'expected improvement 0.01235 at epoch 9; val_error 0.3142 ± 0.043 predicted there',
    ],
    [
      'Minimize',
      { bayesianOptimization: { acquisition: 'LowerConfidenceBound' } },
      'lower confidence bound 0.01235 at epoch 9; val_error 0.3142 ± 0.043 predicted there',
    ],
    [
      'Maximize',
      { abohb: { acquisition: 'LowerConfidenceBound' } },
      'upper confidence bound 0.01235 at epoch 9; val_error 0.3142 ± 0.043 predicted there',
    ],
  ])('and why a model proposed it: %s with %j', (goal, algorithm, why) => {
    const { spec } = aStudy({ objective: { metric: 'val_error', goal }, algorithm });
    expect(decided(spec, { ...started, proposal })).toBe(`started to epoch 1 with lr=0.1235 (Model: ${why})`);
  });

  test('and what freeze-thaw expects of it', () => {
    const { spec } = aStudy({ algorithm: { freezeThaw: {} } });
    expect(decided(spec, { ...started, proposal })).toContain('(Model: expected improvement 0.01235 at epoch 9;');
  });

  test('and how much denser good configurations lie there', () => {
    const { spec } = aStudy({ algorithm: { bohb: {} } });
    const words = decided(spec, { ...started, proposal: { level: 3, acquisition: 4.2 } });
    expect(words).toBe('started to epoch 1 with lr=0.1235 (Model: good to bad density 4.2 at epoch 3)');
  });
});

test('where a model promotes, no cut is spoken of', () => {
  const { spec } = aStudy({ algorithm: { freezeThaw: {} } });
  const own = { seq: 7, trial: 3, level: 1, until: 1, why: { value: 0.41, rank: 2, of: 5, cut: undefined } };
  expect(decided(spec, { ...own, kind: 'Pause' })).toBe('paused: val_error 0.41 at epoch 1 is rank 2 of 5');
  expect(decided(spec, { ...own, kind: 'Promote', known: 6, until: 2 })).toBe(
    'promoted to epoch 2 by the model: val_error 0.41 at epoch 1 is rank 2 of 5',
  );
});
