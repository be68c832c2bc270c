import { expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, trialStatus } from '../../../test/builders.ts';
import type { Trial } from '../../api/trial.ts';
import type { TrialStateCondition } from '../../observe.ts';
import { usage } from './usage.ts';

/** Trained so many units, with ten GPU seconds for each. */
const trained = (state: TrialStateCondition, units: number, reason = 'StoppedByScheduler'): Trial =>
  aTrial(
    1,
    state === 'Stopped' ? { stop: { reason, message: '' } } : {},
    trialStatus(state, { reached: units, usage: { resource: units, gpuSeconds: 10 * units } }),
  );

test('GPU seconds are counted by what became of their trials', () => {
  const trials = [trained('Completed', 9), trained('Stopped', 3), trained('Failed', 2), trained('Paused', 1)];
  expect(usage(aStudy(), [...trials, trained('Running', 4), aTrial(6)])).toMatchObject({
    resource: 19,
    gpuSeconds: 190,
    byOutcome: { completed: 90, stopped: 30, failed: 20, paused: 10, running: 40 },
  });
});

test.each<[string, Trial, number]>([
  ['stopped by the scheduler saves the rest of its training', trained('Stopped', 3), 60],
  ['that rests saves it as long as it does', trained('Paused', 1), 80],
  ['stopped with its Study saves nothing', trained('Stopped', 3, 'StudyEnded'), 0],
  ['that failed saves nothing', trained('Failed', 3), 0],
  ['stopped before it trained saves nothing anybody knows', trained('Stopped', 0), 0],
])('a trial %s', (_, trial, seconds) => {
  expect(usage(aStudy(), [trial]).gpuSecondsSaved).toBe(seconds);
});

test('preemptions are attempts that were disrupted or preempted', () => {
  const attempts = (['Disrupted', 'Preempted', 'Succeeded'] as const).map((outcome) => anAttempt({ outcome }));
  expect(usage(aStudy(), [aTrial(1, {}, trialStatus('Running', { attempts }))]).preemptions).toBe(2);
});
