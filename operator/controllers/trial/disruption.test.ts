/** Attempts that are ended by a disruption: what is told of them, and when the next one begins. */
import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Attempt, Trial } from '../../api/trial.ts';
import type { Job, Pod } from '../../kube/kinds.ts';
import { mayBeginAt } from './disruption.ts';
import { happeningOf } from './happenings.ts';
import { type Step, step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const study = stored(aStudy());
const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
const containers = [{ name: 'train' }];

const failedJob: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: JOB, namespace: 'default', uid: 'u' },
  spec: { template: { spec: { containers } } },
  status: { conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: NOW }] },
};

function aPod(status: NonNullable<Pod['status']>): Pod {
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ownerReferences }, spec: { containers }, status };
}

const exited = { name: 'train', state: { terminated: { exitCode: 143, startedAt: NOW, finishedAt: at(20) } } };
const drained = aPod({
  phase: 'Failed',
  startTime: NOW,
  containerStatuses: [exited],
  conditions: [
    { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
  ],
});
const refused = aPod({ phase: 'Failed', reason: 'TopologyAffinityError', message: 'cannot be allocated' });

const running = (attempt: Partial<Attempt> = {}): Trial =>
  aTrial(1, {}, trialStatus('Running', { attempts: [anAttempt(attempt)] }));
const queued = aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] }));

function aView(view: Partial<TrialView>, seconds = 30): TrialView {
  const now = Date.parse(at(seconds));
  const news = { reports: curve(0.5), diverged: undefined, otherNames: [], tail: [], dropped: 0, complete: true };
  const nothing = { jobs: [], pods: [], levels: [1, 3, 9], pauses: false };
  return { study, trial: queued, news, ...nothing, now, ...view };
}

const why = ({ status }: Step): unknown => {
  const holds = status.conditions?.find((condition) => condition.status === 'True');
  return [holds?.type, holds?.reason, holds?.message];
};

describe('an attempt whose pod is evicted', () => {
  const next = step(aView({ trial: running({ pod: 'p', startTime: NOW }), jobs: [failedJob], pods: [drained] }));

  test('is on record as disrupted, and by what', () => {
    expect(next.status.attempts?.[0]).toMatchObject({
      outcome: 'Disrupted',
      failure: 'Disruption',
      reason: 'EvictionByEvictionAPI',
    });
    expect(next.status.failure).toBeUndefined();
  });

  test('is followed by another at once, in the words of the cluster', () => {
    const words =
      'Job digits-0001-2 was created since the last attempt was disrupted (EvictionByEvictionAPI: Eviction API: evicting)';
    expect([next.create?.metadata.name, why(next)]).toEqual(['digits-0001-2', ['Queued', 'Created', words]]);
    expect(happeningOf(study, running(), { state: 'Queued', status: next.status })).toEqual({
      type: 'Warning',
      reason: 'TrialDisrupted',
      message: `trial 1 lost its pod to a disruption and is started again: ${words}`,
    });
  });
});

test.each<[string, Partial<TrialView>, string]>([
  ['whose Job is gone', {}, 'JobGone'],
  ['whose pod is gone', { jobs: [failedJob] }, 'PodGone'],
])('an attempt %s is disrupted by that', (_, view, reason) => {
  expect(step(aView({ trial: running(), ...view })).status.attempts?.[0]).toMatchObject({
    outcome: 'Disrupted',
    reason,
  });
});

describe('an attempt whose pod was turned away by its node', () => {
  const next = step(aView({ jobs: [failedJob], pods: [refused] }));
  const words = `waits until ${at(40)} to be tried again: its node has turned its pod away: TopologyAffinityError: cannot be allocated`;
  const trial: Trial = { ...queued, status: next.status };

  test('is followed by another after a while', () => {
    expect([next.create, next.requeueAfterMs, why(next)]).toEqual([undefined, 10_000, ['Queued', 'TurnedAway', words]]);
    expect(step(aView({ trial }, 40)).create?.metadata.name).toBe('digits-0001-2');
  });

  test('is still told of when the pod is gone', () => {
    const later = step(aView({ trial }, 35));
    expect([later.requeueAfterMs, why(later)]).toEqual([5_000, ['Queued', 'TurnedAway', words]]);
  });

  test('is no reason to hold on to a trial that is stopped', () => {
    const stop = { reason: 'StudyEnded', message: 'over' };
    expect(why(step(aView({ trial: { ...trial, spec: { ...trial.spec, stop } } })))).toEqual([
      'Stopped',
      'StudyEnded',
      'over',
    ]);
  });
});

describe('the next attempt may begin', () => {
  const turnedAway = anAttempt({ outcome: 'Disrupted', reason: 'OutOfnvidia.com/gpu', endTime: NOW });
  const wait = (...attempts: readonly Attempt[]): number => (mayBeginAt(attempts) - Date.parse(NOW)) / 1000;

  test('later after each refusal in a row, ten minutes at most', () => {
    const after = [1, 2, 3, 20].map((times) => wait(...Array.from({ length: times }, () => turnedAway)));
    expect(after).toEqual([10, 20, 40, 600]);
  });

  test.each<[string, Partial<Attempt>]>([
    ['code has run', { codeTime: NOW }],
    ['somebody deleted its pod', { reason: 'PodGone' }],
    ['it failed', { outcome: 'Failed', failure: 'StartFailed' }],
  ])('at once where %s', (_, attempt) => {
    expect(mayBeginAt([turnedAway, { ...turnedAway, ...attempt }])).toBe(0);
  });
});
