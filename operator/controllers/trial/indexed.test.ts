/** A Job with several pods at once: an Indexed Job, whose pod of index 0 reports. */
import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Condition, Job, Pod } from '../../kube/kinds.ts';
import { stateOf } from '../../observe.ts';
import { failedPod } from './culprit.ts';
import { step } from './step.ts';
import { podOf, type TrialView } from './view.ts';

const JOB = 'digits-0001-1';

interface PodWanted {
  readonly phase?: NonNullable<Pod['status']>['phase'];
  readonly exitCode?: number;
  readonly isDeleted?: boolean;
  readonly finishedAt?: string;
  readonly wasEvicted?: boolean;
}

function aPod(index: number, wanted: PodWanted = {}): Pod {
  const { phase = 'Running', exitCode, isDeleted = false, finishedAt = NOW, wasEvicted = false } = wanted;
  const state = exitCode === undefined ? { running: {} } : { terminated: { exitCode, finishedAt } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${JOB}-${index}-x`,
      annotations: { 'batch.kubernetes.io/job-completion-index': String(index) },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }],
      ...(isDeleted && { deletionTimestamp: NOW }),
    },
    spec: { containers: [{ name: 'train' }] },
    status: {
      phase,
      startTime: NOW,
      containerStatuses: [{ name: 'train', state }],
      ...(wasEvicted && { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }),
    },
  };
}

function aJob(...conditions: readonly Condition[]): Job {
  const metadata = { name: JOB, namespace: 'default', uid: 'u' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: { template: { spec: { containers: [] } } },
    status: { conditions },
  };
}

const failed = { type: 'Failed', status: 'True', lastTransitionTime: NOW } as const;

function aView(view: Partial<TrialView>): TrialView {
  const trial = aTrial(1, {}, trialStatus('Running', { attempts: [anAttempt()], observations: curve(0.5) }));
  return {
    study: stored(aStudy()),
    trial,
    jobs: [aJob()],
    pods: [],
    news: undefined,
    levels: [1, 3, 9],
    pauses: false,
    now: Date.parse(NOW),
    ...view,
  };
}

test('index 0 reports, wherever its pod stands in the list', () => {
  expect(podOf(aView({ pods: [aPod(2), aPod(1), aPod(0)] }), anAttempt())?.metadata.name).toBe(`${JOB}-0-x`);
  expect(podOf(aView({ pods: [aPod(2), aPod(1)] }), anAttempt())).toBeUndefined();
});

test('the code of another pod that fails fails the trial, though index 0 is deleted for it', () => {
  const pods = [
    aPod(0, { phase: 'Failed', exitCode: 143, isDeleted: true }),
    aPod(1, { phase: 'Failed', exitCode: 7 }),
  ];
  const complete = { reports: [], diverged: undefined, otherNames: [], tail: [], dropped: 0, complete: true };
  const { status } = step(aView({ jobs: [aJob(failed)], pods, news: complete }));
  expect(status.failure).toMatchObject({ class: 'UserCode', exitCode: 7 });
});

describe('a Job fails', () => {
  const late = '2030-01-01T00:00:09.000Z';
  const pods = [
    aPod(0, { phase: 'Failed', exitCode: 1, finishedAt: late }),
    aPod(1, { phase: 'Failed', exitCode: 137, wasEvicted: true }),
    aPod(2, { phase: 'Failed', exitCode: 7, finishedAt: '2030-01-01T00:00:05.000Z' }),
  ];

  test('for the pod that failed first: others fail for want of it, and one that was evicted was replaced', () => {
    expect(failedPod(aView({ jobs: [aJob(failed)], pods }), JOB)?.metadata.name).toBe(`${JOB}-2-x`);
  });

  test('for no pod before it has failed', () => {
    expect(failedPod(aView({ pods }), JOB)).toBeUndefined();
  });

  test('and the log of its culprit is read to its end, though index 0 is gone', () => {
    const view = aView({ jobs: [aJob(failed)], pods: [aPod(1, { phase: 'Failed', exitCode: 7 })] });
    const news = { reports: [], diverged: undefined, otherNames: [], tail: ['lost node 0'], dropped: 0 };
    expect(step({ ...view, news: { ...news, complete: false } }).status.failure).toBeUndefined();
    expect(step({ ...view, news: { ...news, complete: true } }).status.failure?.message).toContain('lost node 0');
  });
});

test('every pod has to start: one whose image is not there fails the trial, though index 0 runs', () => {
  const waiting = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } };
  const stuck = aPod(1, { phase: 'Pending' });
  const containerStatuses = [{ name: 'train', state: waiting }];
  const view = aView({ pods: [aPod(0), { ...stuck, status: { ...stuck.status, containerStatuses } }] });
  expect(step(view)).toMatchObject({ requeueAfterMs: 600_000 });
  const late = step({ ...view, now: view.now + 600_000 });
  expect([late.remove?.metadata.name, late.status.failure]).toEqual([
    JOB,
    {
      class: 'StartFailed',
      message: `its pod did not start within 10m: pod ${JOB}-1-x: container train waits: ImagePullBackOff: no such image`,
    },
  ]);
});

test('a trial that is stopped holds its place until the last of its pods is gone', () => {
  const base = aView({});
  const trial = { ...base.trial, spec: { ...base.trial.spec, stop: { reason: 'StoppedByScheduler', message: '' } } };
  const going = step({ ...base, trial, jobs: [], pods: [aPod(1, { isDeleted: true })] });
  expect(stateOf(going.status)).toBe('Queued');
  expect(stateOf(step({ ...base, trial, jobs: [] }).status)).toBe('Stopped');
});
