import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { FailureClass } from '../../api/failures.ts';
import type { Best } from '../../api/study.ts';
import type { Trial, TrialStatus } from '../../api/trial.ts';
import { durationMs } from '../duration.ts';
import { type Evidence, outcome, usedGpuSeconds } from './outcome.ts';

const HOUR = 3_600_000;
const best: Best = { trial: 'digits-0001', value: 0.04, resource: 9, parameters: { lr: 0.01 } };

function evidence(more: Partial<Evidence> & { readonly spec?: Readonly<Record<string, unknown>> } = {}): Evidence {
  const { spec, ...rest } = more;
  return {
    study: stored(aStudy(spec)),
    trials: [],
    best,
    plan: { decisions: [], exhausted: undefined },
    startTime: Date.parse(NOW),
    now: Date.parse(NOW),
    ...rest,
  };
}

const trial = (number: number, status: TrialStatus, spec = {}): Trial => aTrial(number, spec, status);
const failed = (number: number, kind: FailureClass = 'UserCode'): Trial =>
  trial(number, trialStatus('Failed', { failure: { class: kind, message: 'exit 1' } }));
const done = trial(1, trialStatus('Completed', { reached: 9 }));
const maxTrials = { decisions: [], exhausted: 'MaxTrials' } as const;

test('a Study that has ended by its time stays so when the clock jumps back, until it is edited', () => {
  const conditions = [
    { type: 'Succeeded', status: 'True', reason: 'MaxDurationReached', message: 'ran for 1h', observedGeneration: 1 },
  ] as const;
  const study = stored(aStudy({ limits: { maxDuration: '1h' } }), { conditions });
  expect(outcome(evidence({ study }))).toMatchObject({
    reason: 'MaxDurationReached',
    cutsOff: true,
  });
  const edited = { ...study, metadata: { ...study.metadata, generation: 2 } };
  expect(outcome(evidence({ study: edited })).succeeded).toBe('Unknown');
});

describe('a Study goes on', () => {
  test('while trials run', () => {
    expect(outcome(evidence({ trials: [done, trial(2, trialStatus('Running'))] }))).toEqual({
      succeeded: 'Unknown',
      reason: 'Running',
      message: '1 of 2 trials have not ended',
      cutsOff: false,
    });
  });

  test('while it is suspended', () => {
    expect(outcome(evidence({ spec: { suspend: true } }))).toMatchObject({ succeeded: 'Unknown', reason: 'Suspended' });
  });

  test('while its trials cannot start', () => {
    const stall = { failures: 3, message: 'no image', retryAt: undefined };
    expect(outcome(evidence({ stall }))).toMatchObject({ succeeded: 'Unknown', reason: 'Stalled' });
  });

  test('while its queue will admit nothing that waits', () => {
    const { conditions = [] } = trialStatus('Queued');
    const told = { reason: 'QuotaNeverFits', message: 'asks for more than queue team-a can ever give it' };
    const queued = conditions.map((one) => (one.type === 'Queued' ? { ...one, ...told } : one));
    const goesOn = outcome(evidence({ trials: [trial(1, { conditions: queued })] }));
    expect(goesOn).toMatchObject({ succeeded: 'Unknown', reason: 'Stalled' });
    expect(goesOn.message).toContain(told.message);
  });

  test('while decisions are due although nothing more can be started', () => {
    const decisions = [{ kind: 'Complete', seq: 2, trial: 1, level: 9 }] as const;
    expect(outcome(evidence({ trials: [done], plan: { decisions, exhausted: 'MaxTrials' } })).reason).toBe('Running');
  });

  test.each([
    ['nobody has looked at a trial yet', aTrial(2)],
    ['a trial waits for a place', trial(2, trialStatus('Queued'))],
    ['a paused trial was promoted', trial(2, trialStatus('Paused', { reached: 1 }), { until: 3 })],
  ])('while %s', (_, other) => {
    expect(outcome(evidence({ trials: [done, other], plan: maxTrials })).reason).toBe('Running');
  });
});

describe('a Study ends', () => {
  test('when maxTrials have run, paused ones at rest', () => {
    const paused = trial(2, trialStatus('Paused', { reached: 1 }));
    expect(outcome(evidence({ trials: [done, paused], plan: maxTrials }))).toEqual({
      succeeded: 'True',
      reason: 'MaxTrialsReached',
      message: '2 trials have run, as maxTrials 12 allows',
      cutsOff: false,
    });
  });

  test('when every configuration has been tried', () => {
    expect(outcome(evidence({ trials: [done], plan: { decisions: [], exhausted: 'Space' } }))).toMatchObject({
      succeeded: 'True',
      reason: 'SpaceExhausted',
    });
  });

  test('without success when no trial has reported a value', () => {
    expect(outcome(evidence({ trials: [failed(1)], plan: maxTrials, best: undefined }))).toMatchObject({
      succeeded: 'False',
      reason: 'NoTrialReported',
      message: '1 trials have run, as maxTrials 12 allows; no trial has reported a value',
    });
  });

  test.each([
    ['Minimize', 0.05, 'TargetReached'],
    ['Minimize', 0.04, 'TargetReached'],
    ['Minimize', 0.03, 'Running'],
    ['Maximize', 0.03, 'TargetReached'],
    ['Maximize', 0.05, 'Running'],
  ])('by its target: %s to %d with 0.04 is %s', (goal, target, reason) => {
    const spec = { objective: { metric: 'm', goal, target } };
    expect(outcome(evidence({ spec })).reason).toBe(reason);
  });

  test('by its target while trials run, and says which', () => {
    const spec = { objective: { metric: 'val_error', target: 0.05 } };
    expect(outcome(evidence({ spec, trials: [trial(2, trialStatus('Running'))] }))).toEqual({
      succeeded: 'True',
      reason: 'TargetReached',
      message: 'digits-0001 reached val_error 0.04; the target was 0.05',
      cutsOff: true,
    });
  });

  test('by time, to the millisecond', () => {
    const at = (ms: number) =>
      outcome(evidence({ spec: { limits: { maxDuration: '1h30m' } }, now: Date.parse(NOW) + ms }));
    expect([at(1.5 * HOUR - 1).reason, at(1.5 * HOUR).reason]).toEqual(['Running', 'MaxDurationReached']);
  });

  test('by GPU hours, those of running attempts included', () => {
    const attempts = [anAttempt({ startTime: NOW, gpus: 4 })];
    const container = { name: 'train', image: 'train:1', resources: { limits: { 'nvidia.com/gpu': 4 } } };
    const trialTemplate = { spec: { template: { spec: { containers: [container] } } } };
    const at = (ms: number) =>
      outcome(
        evidence({
          spec: { limits: { maxGPUHours: 4 }, trialTemplate },
          trials: [trial(1, trialStatus('Running', { attempts }))],
          now: Date.parse(NOW) + ms,
        }),
      );
    expect([at(HOUR - 1).reason, at(HOUR).reason]).toEqual(['Running', 'MaxGPUHoursReached']);
  });

  test('by failures: more than maxFailedTrials, and before anything else', () => {
    const spec = { limits: { maxTrials: 3, maxFailedTrials: 1 }, objective: { metric: 'm', target: 1 } };
    expect(outcome(evidence({ spec, trials: [failed(1), failed(2)] }))).toEqual({
      succeeded: 'False',
      reason: 'TooManyFailures',
      message: '2 trials have failed, more than maxFailedTrials 1; the last: exit 1',
      cutsOff: true,
    });
    expect(outcome(evidence({ spec, trials: [failed(1)] })).reason).toBe('TargetReached');
  });

  test('not by trials that diverged', () => {
    const spec = { limits: { maxTrials: 9, maxFailedTrials: 0 } };
    expect(outcome(evidence({ spec, trials: [failed(1, 'NotFinite')] })).reason).toBe('Running');
  });
});

test('GPU seconds of ended attempts do not grow', () => {
  const endTime = new Date(Date.parse(NOW) + 10_000).toISOString();
  const attempts = [anAttempt({ startTime: NOW, endTime, gpus: 2, outcome: 'Succeeded' }), anAttempt({ gpus: 2 })];
  const trials = [trial(1, trialStatus('Running', { attempts }))];
  expect(usedGpuSeconds(trials, Date.parse(NOW) + HOUR)).toBe(20);
});

test.each([
  ['500ms', 500],
  ['90m', 1.5 * HOUR],
  ['1h30m', 1.5 * HOUR],
  ['1.5h', 1.5 * HOUR],
  ['1h1m1s1ms', HOUR + 61_001],
])('%s are %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));
