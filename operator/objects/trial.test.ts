import { expect, test } from 'vitest';
import { aStudy, aTrial, NOW, stored } from '../../test/builders.ts';
import { newTrial, stopped, trialName, withDecision } from './trial.ts';

const why = { value: 0.5, rank: 2, of: 3, cut: 0.4 };

test('names sort up to 9,999 trials and are unique beyond', () => {
  expect([1, 42, 9999, 10_000].map((n) => trialName('digits', n))).toEqual([
    'digits-0001',
    'digits-0042',
    'digits-9999',
    'digits-10000',
  ]);
});

test('a new Trial records its decision and belongs to its Study', () => {
  const decision = {
    kind: 'Start',
    seq: 7,
    known: 6,
    trial: 3,
    config: { lr: 0.1 },
    bracket: 1,
    until: 3,
    origin: 'Model',
    proposal: { level: 9, acquisition: 0.012, mean: 0.31, deviation: 0.04 },
  } as const;
  const { metadata, spec } = newTrial(stored(aStudy()), decision, NOW);
  expect(metadata).toMatchObject({
    name: 'digits-0003',
    namespace: 'default',
    labels: { 'abohb.dev/study': 'digits' },
    ownerReferences: [{ kind: 'Study', name: 'digits', uid: 'uid-of-digits', controller: true }],
  });
  expect(spec).toEqual({
    study: 'digits',
    number: 3,
    parameters: { lr: 0.1 },
    bracket: 1,
    origin: 'Model',
    proposal: { level: 9, acquisition: 0.012, mean: 0.31, deviation: 0.04 },
    until: 3,
    decisions: [{ seq: 7, known: 6, kind: 'Start', at: NOW }],
  });
});

test('a trial that goes on may run further', () => {
  const { spec } = withDecision(
    aTrial(1),
    { kind: 'Continue', seq: 9, trial: 1, level: 1, until: 3, why },
    { at: NOW },
  );
  expect([spec.until, spec.decisions.at(-1)]).toEqual([3, { seq: 9, kind: 'Continue', level: 1, at: NOW }]);
});

test('a decision never lowers until', () => {
  const pause = { kind: 'Pause', seq: 9, trial: 1, level: 1, until: 1, why } as const;
  expect(withDecision(aTrial(1, { until: 3 }), pause, { at: NOW }).spec.until).toBe(3);
});

test('a stop says why; an end does not touch until', () => {
  const stop = { reason: 'StoppedByScheduler', message: 'too bad' };
  const decision = { kind: 'Stop', seq: 9, trial: 1, level: 1, until: 1, why } as const;
  expect(withDecision(aTrial(1), decision, { at: NOW, stop }).spec.stop).toEqual(stop);
  expect(withDecision(aTrial(1), { kind: 'Fail', seq: 9, trial: 1, level: 0 }, { at: NOW }).spec).toMatchObject({
    until: 1,
    decisions: [{ kind: 'Start' }, { kind: 'Fail', level: 0 }],
  });
});

test('a trial stopped for another reason than the scheduler’s is stopped at no rung', () => {
  const stop = { reason: 'StudyEnded', message: 'the Study has ended' };
  const { spec } = stopped(aTrial(1), stop, { seq: 9, at: NOW });
  expect([spec.stop, spec.decisions.at(-1)]).toEqual([stop, { seq: 9, kind: 'Stop', at: NOW }]);
});

test('what is applied is what we own: no status, no resource version, but the uid, so that no other Trial is meant', () => {
  const seen = {
    ...aTrial(1),
    metadata: { ...aTrial(1).metadata, resourceVersion: '7', labels: { a: 'b' } },
    status: {},
  };
  expect(stopped(seen, { reason: 'a', message: 'b' }, { seq: 2, at: NOW })).toEqual({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Trial',
    metadata: { name: 'digits-0001', namespace: 'default', uid: 'uid-of-digits-0001' },
    spec: expect.anything(),
  });
});
