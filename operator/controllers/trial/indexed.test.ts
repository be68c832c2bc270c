/** A Job with several pods at once: an Indexed Job, whose pod of index 0 reports. */
import { expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Condition, Job, Pod } from '../../kube/kinds.ts';
import { stateOf } from '../../observe.ts';
import { step } from './step.ts';
import { podOf, type TrialView } from './view.ts';

const JOB = 'digits-0001-1';

interface PodWanted {
  readonly phase?: NonNullable<Pod['status']>['phase'];
  readonly exitCode?: number;
  readonly isDeleted?: boolean;
}

function aPod(index: number, { phase = 'Running', exitCode, isDeleted = false }: PodWanted = {}): Pod {
  const state = exitCode === undefined ? { running: {} } : { terminated: { exitCode, finishedAt: NOW } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${JOB}-${index}-x`,
      annotations: { 'batch.kubernetes.io/job-completion-index': String(index) },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }],
      ...(isDeleted && { deletionTimestamp: NOW }),
    },
    spec: { containers: [] },
    status: { phase, startTime: NOW, containerStatuses: [{ name: 'train', state }] },
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
  expect(podOf(JOB, [aPod(2), aPod(1), aPod(0)])?.metadata.name).toBe(`${JOB}-0-x`);
  expect(podOf(JOB, [aPod(2), aPod(1)])).toBeUndefined();
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

test('a trial that is stopped holds its place until the last of its pods is gone', () => {
  const base = aView({});
  const trial = { ...base.trial, spec: { ...base.trial.spec, stop: { reason: 'StoppedByScheduler', message: '' } } };
  const going = step({ ...base, trial, jobs: [], pods: [aPod(1, { isDeleted: true })] });
  expect(stateOf(going.status)).toBe('Queued');
  expect(stateOf(step({ ...base, trial, jobs: [] }).status)).toBe('Stopped');
});
