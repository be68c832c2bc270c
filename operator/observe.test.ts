import { expect, test } from 'vitest';
import { anAttempt, aTrial, curve, NOW, trialStatus } from '../test/builders.ts';
import { engineTrial, hasEnded, stateOf, TRIAL_STATES } from './observe.ts';

test('a Trial is for the engine what it is, its times in milliseconds', () => {
  const start = { seq: 1, kind: 'Start', at: NOW } as const;
  const pause = { seq: 2, kind: 'Pause', level: 1, at: NOW } as const;
  const proposal = { level: 3, acquisition: 0.012, mean: 0.31, deviation: 0.04 };
  const spec = { decisions: [start, pause], origin: 'Model', proposal } as const;
  const trial = aTrial(1, spec, trialStatus('Paused', { observations: curve(0.5) }));
  expect(engineTrial(trial)).toEqual({
    number: 1,
    config: { lr: 0.01 },
    bracket: 0,
    until: 1,
    state: 'Paused',
    observations: [{ resource: 1, value: 0.5, at: Date.parse(NOW) }],
    decisions: [
      { seq: 1, kind: 'Start', level: undefined },
      { seq: 2, kind: 'Pause', level: 1 },
    ],
    origin: 'Model',
    proposal,
  });
});

test.each([
  ['Infeasible', 'Infeasible'],
  ['NotFinite', 'Diverged'],
  ['OutOfMemory', 'Crashed'],
  ['UserCode', 'Crashed'],
  ['StartFailed', undefined],
  ['Disruption', undefined],
] as const)('a trial that failed with %s has the fault %s', (failure, fault) => {
  const status = trialStatus('Failed', { failure: { class: failure, message: 'it failed' } });
  expect(engineTrial(aTrial(1, {}, status)).fault).toBe(fault);
});

test('what a trial had cost by each report is how long its pods had been there, without the time between them', () => {
  const second = (n: number) => new Date(Date.parse(NOW) + n * 1000).toISOString();
  const attempts = [
    anAttempt({ from: 0, startTime: second(10), endTime: second(40) }),
    anAttempt({ from: 2 }),
    anAttempt({ from: 2, startTime: second(100), endTime: second(110) }),
    anAttempt({ from: 3 }),
  ];
  const reported = [20, 45, 110, 111].map((n, i) => ({ resource: i + 1, value: 0.5, at: second(n) }));
  const { observations } = engineTrial(aTrial(1, {}, trialStatus('Running', { attempts, observations: reported })));
  expect(observations.map(({ seconds }) => seconds)).toEqual([10, 35, 40, undefined]);
});

test.each([
  ['nobody has looked at', aTrial(1), 'Active'],
  ['is queued', aTrial(1, {}, trialStatus('Queued')), 'Active'],
  ['runs', aTrial(1, {}, trialStatus('Running')), 'Active'],
  ['is paused', aTrial(1, {}, trialStatus('Paused', { reached: 1 })), 'Paused'],
  ['is paused above its rung', aTrial(1, {}, trialStatus('Paused', { reached: 2 })), 'Paused'],
  ['was promoted and not taken up yet', aTrial(1, { until: 3 }, trialStatus('Paused', { reached: 1 })), 'Active'],
  ['is completed', aTrial(1, {}, trialStatus('Completed')), 'Completed'],
  ['is stopped', aTrial(1, {}, trialStatus('Stopped')), 'Stopped'],
  ['has failed', aTrial(1, {}, trialStatus('Failed')), 'Failed'],
])('a trial that %s', (_, trial, state) => expect(engineTrial(trial).state).toBe(state));

test('three states are ends', () => {
  expect(TRIAL_STATES.filter((state) => hasEnded(trialStatus(state)))).toEqual(['Completed', 'Stopped', 'Failed']);
  expect([stateOf(undefined), hasEnded(undefined)]).toEqual([undefined, false]);
});
