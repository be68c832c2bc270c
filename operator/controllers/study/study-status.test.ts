import { describe, expect, test } from 'vitest';
import { createScheduler } from '../../../src/scheduling/scheduler.ts';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { engineStudy } from '../../api/engine-study.ts';
import { type Study, studySchema } from '../../api/study.ts';
import type { RecordedDecision, Trial } from '../../api/trial.ts';
import { validateShape } from '../../api/validate.ts';
import { condition } from '../../conditions.ts';
import { TRIAL_STATES } from '../../observe.ts';
import type { Outcome } from './outcome.ts';
import { best, counts, type StatusInput, statusWithReady, studyStatus } from './study-status.ts';

const running: Outcome = { succeeded: 'Unknown', reason: 'Running', message: 'runs', cutsOff: false };
const over: Outcome = { succeeded: 'True', reason: 'MaxTrialsReached', message: 'all have run', cutsOff: false };

function status(study: Study, trials: readonly Trial[], more: Partial<StatusInput> = {}) {
  const scheduler = createScheduler(engineStudy(study.spec, { seed: 1, open: true }));
  return studyStatus({
    study,
    trials,
    best: best(study, trials),
    scheduler,
    outcome: running,
    seed: 1,
    startTime: NOW,
    now: Date.parse(NOW),
    ...more,
  });
}

/** A trial that reported these values, and what was decided about it. */
const reported = (
  number: number,
  values: readonly number[],
  decisions: readonly Partial<RecordedDecision>[] = [],
): Trial =>
  aTrial(
    number,
    { decisions: decisions.map((decision, i) => ({ seq: i + 1, kind: 'Start', at: NOW, ...decision })) },
    trialStatus('Running', { observations: curve(...values) }),
  );

describe('the best', () => {
  const trials = [reported(2, [0.5, 0.2]), reported(1, [0.6, 0.2, 0.3]), reported(3, [0.9])];

  test('is the best value of all, at any level; of equals the earliest trial’s', () => {
    expect(best(aStudy(), trials)).toEqual({
      trial: 'digits-0001',
      value: 0.2,
      resource: 2,
      parameters: { lr: 0.01 },
    });
  });

  test('is the largest when maximizing', () => {
    expect(best(aStudy({ objective: { metric: 'm', goal: 'Maximize' } }), trials)?.value).toBe(0.9);
  });

  test('at a level is that of trials that got so far', () => {
    expect(best(aStudy(), trials, 3)).toMatchObject({ value: 0.3, resource: 3 });
    expect(best(aStudy(), trials, 9)).toBeUndefined();
  });
});

test('trials are counted by state; one nobody has looked at is queued', () => {
  const trials = [aTrial(1), ...TRIAL_STATES.map((state, i) => aTrial(i + 2, {}, trialStatus(state)))];
  expect(counts(trials)).toEqual({ created: 7, queued: 2, running: 1, paused: 1, completed: 1, stopped: 1, failed: 1 });
});

test('each rung says how many were compared and how many passed', () => {
  const trials = [
    reported(1, [0.1], [{}, { kind: 'Continue', level: 1 }, { kind: 'Stop', level: 3 }]),
    reported(2, [0.1], [{}, { kind: 'Stop', level: 1 }]),
    reported(3, [0.1], [{}, { kind: 'Pause', level: 1 }, { kind: 'Promote', level: 1 }, { kind: 'Fail', level: 3 }]),
    reported(4, [0.1], [{}]),
  ];
  expect(status(aStudy(), trials).rungs).toEqual([
    { level: 1, observed: 3, passed: 2 },
    { level: 3, observed: 1, passed: 0 },
  ]);
});

test('what was used is summed up', () => {
  const attempts = [anAttempt({ outcome: 'Disrupted' }), anAttempt({ job: 'digits-0001-2', outcome: 'Succeeded' })];
  const one = aTrial(1, {}, trialStatus('Completed', { attempts, usage: { resource: 9, gpuSeconds: 30 } }));
  const two = aTrial(2, {}, trialStatus('Stopped', { usage: { resource: 3, gpuSeconds: 10 } }));
  expect(status(aStudy(), [one, two]).usage).toMatchObject({ resource: 12, gpuSeconds: 40, preemptions: 1 });
});

test('failures are counted by class, trials and attempts', () => {
  const attempt = anAttempt({ outcome: 'Failed', failure: 'OutOfMemory' });
  const failure = { class: 'OutOfMemory', message: '' } as const;
  const trials = [
    aTrial(1, {}, trialStatus('Failed', { failure, attempts: [attempt, attempt] })),
    aTrial(2, {}, trialStatus('Running', { attempts: [attempt] })),
    aTrial(3, {}, trialStatus('Failed', { failure: { class: 'NotFinite', message: '' } })),
  ];
  expect(status(aStudy(), trials).failures).toEqual([
    { class: 'NotFinite', trials: 1, attempts: 0 },
    { class: 'OutOfMemory', trials: 1, attempts: 3 },
  ]);
  expect(status(aStudy(), []).failures).toBeUndefined();
});

describe('conditions', () => {
  const found = (study: Study, outcome: Outcome = running) =>
    status(study, [], { outcome }).conditions?.map(({ type, status: holds, reason }) => `${type}=${holds} ${reason}`);

  test('of a Study that runs', () => {
    expect(found(stored(aStudy()))).toEqual([
      'Ready=True Accepted',
      'Succeeded=Unknown Running',
      'Suspended=False NotSuspended',
      'Stalled=False NotStalled',
    ]);
  });

  test('of one that is suspended', () => {
    expect(found(stored(aStudy({ suspend: true })))).toContain('Suspended=True UserRequest');
  });

  test('of one whose queue will admit nothing that waits, until it has ended', () => {
    const { conditions = [] } = trialStatus('Queued');
    const told = { reason: 'QueueNotFound', message: 'waits in queue team-a, which is not there' };
    const queued = conditions.map((one) => (one.type === 'Queued' ? { ...one, ...told } : one));
    const waiting = [aTrial(1, {}, { conditions: queued })];
    const stalled = (outcome: Outcome) => condition(status(aStudy(), waiting, { outcome }).conditions, 'Stalled');
    expect(stalled(running)).toMatchObject({
      status: 'True',
      reason: 'QueueNotFound',
      message:
        'no trial that waits will be admitted as it is (1): digits-0001 waits in queue team-a, which is not there',
    });
    expect(stalled(over)?.status).toBe('False');
  });

  test('of one whose trials cannot start', () => {
    const stall = { failures: 3, message: 'no image', retryAt: undefined };
    const stalled = condition(status(aStudy(), [], { stall }).conditions, 'Stalled');
    expect(stalled).toMatchObject({ status: 'True', reason: 'TrialsCannotStart' });
    expect(stalled?.message).toContain('no image');
  });

  test('of one that has ended', () => {
    expect(found(stored(aStudy()), over)).toEqual([
      'Ready=True Ended',
      'Succeeded=True MaxTrialsReached',
      'Suspended=False NotSuspended',
      'Stalled=False NotStalled',
    ]);
  });

  test('a Study ends once: its completion time stays, and goes when it is reopened', () => {
    const ended = stored(aStudy(), status(stored(aStudy()), [], { outcome: over }));
    const later = Date.parse(NOW) + 1000;
    expect(status(ended, [], { outcome: over, now: later }).completionTime).toBe(NOW);
    expect(status(ended, [], { now: later }).completionTime).toBeUndefined();
  });

  test('another Ready leaves the rest as it was', () => {
    const before = stored(aStudy(), status(stored(aStudy()), [], { outcome: over }));
    const after = statusWithReady(
      before,
      { status: 'False', reason: 'InvalidTemplate', message: 'no' },
      Date.parse(NOW) + 1000,
    );
    expect(condition(after.conditions, 'Ready')).toMatchObject({
      status: 'False',
      lastTransitionTime: '2030-01-01T00:00:01.000Z',
    });
    expect(condition(after.conditions, 'Succeeded')).toEqual(condition(before.status?.conditions, 'Succeeded'));
    expect(after.completionTime).toBe(NOW);
  });
});

test('the status is bounded and valid, whatever the number of trials', () => {
  const trials = Array.from({ length: 2000 }, (_, i) =>
    reported(i + 1, [0.5, 0.4], [{}, { kind: 'Continue', level: 1 }, { kind: 'Stop', level: 3 }]),
  );
  const written = status(stored(aStudy()), trials);
  expect(JSON.stringify(written).length).toBeLessThan(2000);
  expect(validateShape(studySchema, { ...aStudy(), status: written })).toHaveProperty('object');
});
