import { describe, expect, test } from 'vitest';
import { aTrial, curve, NOW, trialStatus } from '../../test/builders.ts';
import { sentence } from './problems.ts';
import { type Trial, type TrialSpec, trialSchema } from './trial.ts';
import { validateShape } from './validate.ts';

function problems(trial: Trial, old?: Trial): readonly string[] {
  const validated = validateShape(trialSchema, trial, old);
  return 'problems' in validated ? validated.problems.map(sentence) : [];
}

const edited = (change: Partial<TrialSpec>, from: Partial<TrialSpec> = {}) =>
  problems(aTrial(1, { ...from, ...change }), aTrial(1, from));

test('a Trial with a status is valid', () => {
  expect(problems(aTrial(1, {}, trialStatus('Running', { observations: curve(0.5, 0.4) })))).toEqual([]);
});

describe('once a Trial is there', () => {
  const start = { seq: 1, kind: 'Start', at: NOW } as const;
  const stop = { reason: 'StoppedByScheduler', message: 'too bad' };

  test('until may be raised', () => expect(edited({ until: 3 })).toEqual([]));

  test('until may not be lowered', () => {
    expect(edited({ until: 1 }, { until: 3 })).toEqual(['spec.until: until may be raised, never lowered']);
  });

  test('a decision may be added', () => {
    expect(edited({ decisions: [start, { seq: 2, kind: 'Continue', level: 1, at: NOW }] })).toEqual([]);
  });

  test('a decision may not be rewritten', () => {
    expect(edited({ decisions: [{ ...start, at: '2031-01-01T00:00:00Z' }] })).toEqual([
      'spec.decisions: decisions may be added, never changed or removed',
    ]);
  });

  test('it may be stopped', () => expect(edited({ stop })).toEqual([]));

  test.each([
    [{}, { proposal: { level: 9, acquisition: 0.01 } }],
    [{ proposal: { level: 9, acquisition: 0.01 } }, {}],
    [{ proposal: { level: 9, acquisition: 0.01 } }, { proposal: { level: 9, acquisition: 0.02 } }],
  ])('its proposal cannot become another: %j → %j', (before, after) => {
    expect(problems(aTrial(1, after), aTrial(1, before))).toEqual([
      'spec: proposal cannot be changed after creation: delete the object and create another',
    ]);
  });

  test('being stopped cannot be taken back', () => {
    expect(problems(aTrial(1), aTrial(1, { stop }))).toEqual(['spec: stop cannot be taken back']);
  });

  test.each([
    [{ study: 'other' }, 'study'],
    [{ number: 2 }, 'number'],
    [{ bracket: 1 }, 'bracket'],
    [{ origin: 'User' }, 'origin'],
  ] as const)('%j is refused', (change, field) => {
    expect(edited(change)).toEqual([
      `spec.${field}: ${field} cannot be changed after creation: delete the object and create another`,
    ]);
  });
});
