/** Logs that cannot be read: what is told of them, and what becomes of their trials. */
import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Attempt } from '../../api/trial.ts';
import type { ContainerStatus, Job, Pod } from '../../kube/kinds.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { unreadHappening } from './happenings.ts';
import { type Step, step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const WHY = 'no route to host';
const containers = [{ name: 'train' }];

function aJob(type?: 'Complete' | 'Failed'): Job {
  const metadata = { name: JOB, namespace: 'default', uid: 'u' };
  const conditions = type ? [{ type, status: 'True', lastTransitionTime: NOW } as const] : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: { template: { spec: { containers } } },
    status: { conditions },
  };
}

function aPod(exitCode?: number, ...others: readonly ContainerStatus[]): Pod {
  const ended = { terminated: { exitCode: exitCode ?? 0, startedAt: NOW, finishedAt: NOW } };
  const state = exitCode === undefined ? { running: { startedAt: NOW } } : ended;
  const isOver = exitCode !== undefined && others.length === 0;
  const phase = isOver ? (exitCode === 0 ? 'Succeeded' : 'Failed') : 'Running';
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }];
  const containerStatuses = [{ name: 'train', state }, ...others];
  const status = { phase, startTime: NOW, containerStatuses } as const;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ownerReferences }, spec: { containers }, status };
}

/** Read as far as this, and failing for so long. */
function unread(values: readonly number[], failingMs = 200_000): LogState {
  const state = { reports: curve(...values), diverged: undefined, otherNames: [], tail: [], dropped: 0 };
  return { ...state, complete: false, unread: { why: WHY, failingMs } };
}

const ran = anAttempt({ pod: 'p', startTime: NOW, codeTime: NOW });
const trialWith = (...attempts: readonly Attempt[]) => aTrial(1, {}, trialStatus('Running', { attempts }));

/** Two minutes and a bit after everything happened. */
function aView(view: Partial<TrialView>): TrialView {
  const nothing = { pods: [], levels: [1, 3, 9], pauses: false, now: Date.parse(NOW) + 121_000 };
  return { study: stored(aStudy()), trial: trialWith(ran), jobs: [aJob()], news: unread([0.5]), ...nothing, ...view };
}

const why = ({ status }: Step): unknown => {
  const holds = status.conditions?.find((condition) => condition.status === 'True');
  return [holds?.type, holds?.reason, holds?.message];
};
const reasons = ({ status }: Step): unknown => status.attempts?.map(({ reason, failure }) => reason ?? failure);

describe('code that ended well and whose log cannot be read', () => {
  const complete = { jobs: [aJob('Complete')], pods: [aPod(0)] };

  test('goes on from its checkpoint: nobody knows how far it came', () => {
    const next = step(aView(complete));
    expect([next.create?.metadata.name, reasons(next)]).toEqual(['digits-0001-2', ['LogUnread', undefined]]);
    const words = `Job digits-0001-2 was created since the last attempt was disrupted (LogUnread: its log could not be read: ${WHY})`;
    expect(why(next)).toEqual(['Queued', 'Created', words]);
  });

  test('fails the second time', () => {
    const before = anAttempt({ job: 'digits-0001-0', pod: 'o', outcome: 'Disrupted', reason: 'LogUnread' });
    const words = `its code ended well twice, but its log could not be read: ${WHY}`;
    expect(why(step(aView({ ...complete, trial: trialWith(before, ran) })))).toEqual([
      'Failed',
      'NoMetricReported',
      words,
    ]);
  });

  test('goes on, too, where another container keeps its Job from ending', () => {
    const view = aView({ pods: [aPod(0, { name: 'proxy', state: { running: { startedAt: NOW } } })] });
    const next = step(view);
    expect([next.remove?.metadata.name, next.status.failure]).toEqual([JOB, undefined]);
    const trial = { ...view.trial, status: next.status };
    expect(reasons(step({ ...view, trial, jobs: [], pods: [], news: undefined }))).toEqual(['LogUnread', undefined]);
  });
});

test('code that fails with a log that cannot be read says so', () => {
  const { status } = step(aView({ jobs: [aJob('Failed')], pods: [aPod(3)] }));
  expect(status.failure?.message).toBe(`container train exited with code 3; its log could not be read: ${WHY}`);
});

describe('a trial that trains while its log cannot be read', () => {
  const during = (failingMs: number): Step => step(aView({ pods: [aPod()], news: unread([0.5], failingMs) }));

  test('says so after half a minute, and is worth an Event once', () => {
    const { status } = during(30_000);
    const words = `Job ${JOB} trains to epoch 9, but its log cannot be read: ${WHY}`;
    expect(why({ status })).toEqual(['Running', 'LogUnread', words]);
    const told = { type: 'Warning', reason: 'LogUnread', message: `trial 1: ${words}` };
    expect(unreadHappening(trialWith(ran), status)).toEqual(told);
    expect(unreadHappening({ ...trialWith(ran), status }, status)).toBeUndefined();
  });

  test('says nothing of a stream that has only broken off', () => {
    expect(why(during(5_000))).toEqual(['Running', 'Training', `Job ${JOB} trains to epoch 9`]);
  });
});
