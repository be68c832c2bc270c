import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { type Attempt, MAX_ATTEMPTS, type Trial } from '../../api/trial.ts';
import type { Condition, Job, Pod } from '../../kube/kinds.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { stateOf } from '../../observe.ts';
import { happeningOf } from './happenings.ts';
import { newPriority, presentPods } from './queue.ts';
import { type Step, step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const template = { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } };
const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
const queued = stored(aStudy({ trialTemplate: { metadata, spec: template } }));
const plain = stored(aStudy());

/** Seconds after everything began. */
const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

function aJob({ suspend, condition }: { suspend: boolean; condition?: Partial<Condition> }): Job {
  const conditions = condition ? [{ type: 'Suspended', status: 'True', ...condition } as const] : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: JOB, namespace: 'default', uid: 'u' },
    spec: { suspend, template: { spec: { containers: [] } } },
    status: { conditions },
  };
}

const suspended = aJob({ suspend: true, condition: { lastTransitionTime: at(15) } });
const admitted = aJob({ suspend: false, condition: { status: 'False', lastTransitionTime: at(50) } });

/** Its name says which of the Job's pods it is. */
function aPod(
  name: string,
  phase: NonNullable<Pod['status']>['phase'],
  times: { start?: number; end?: number } = {},
): Pod {
  const { start, end } = times;
  const terminated = { exitCode: 143, finishedAt: at(end ?? 0) };
  const state = end === undefined ? { running: { startedAt: NOW } } : { terminated };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }],
      ...(end !== undefined && { deletionTimestamp: at(end) }),
    },
    spec: { containers: [{ name: 'train' }] },
    status: {
      phase: phase ?? 'Pending',
      ...(start !== undefined && { startTime: at(start) }),
      containerStatuses: [{ name: 'train', state }],
    },
  };
}

function news(...values: readonly number[]): LogState {
  return { reports: curve(...values), diverged: undefined, otherNames: [], tail: [], dropped: 0, complete: true };
}

function aView(view: Partial<TrialView>): TrialView {
  return {
    study: queued,
    trial: aTrial(1),
    jobs: [suspended],
    pods: [],
    news: undefined,
    levels: [1, 3, 9],
    pauses: false,
    now: Date.parse(at(100)),
    ...view,
  };
}

/** The trial after its first pod has run for ten seconds and reported three times. */
const ran: Attempt = anAttempt({ gpus: 2, pod: 'first', startTime: at(10), codeTime: NOW, trained: 3 });
const begun = aTrial(1, {}, trialStatus('Running', { attempts: [ran], observations: curve(0.9, 0.8, 0.7) }));
const preempted: Attempt = { ...ran, outcome: 'Preempted', endTime: at(20) };
const waiting = anAttempt({ gpus: 2, from: 3 });
const waits = aTrial(
  1,
  {},
  trialStatus('Queued', { attempts: [preempted, waiting], observations: curve(0.9, 0.8, 0.7) }),
);

const reason = ({ status }: Step): unknown => {
  const holds = status.conditions?.find((condition) => condition.status === 'True');
  return [holds?.type, holds?.reason, holds?.message];
};
const after = (trial: Trial, { status }: Step): Trial => ({ ...trial, status });

describe('a Job that its queue holds back', () => {
  test('waits for quota', () => {
    const next = step(aView({ trial: aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] })) }));
    expect(reason(next)).toEqual(['Queued', 'WaitsForQuota', 'waits in queue team-a for quota']);
    expect([next.create, next.remove, next.status.attempts]).toEqual([undefined, undefined, [anAttempt()]]);
  });

  test('that was admitted waits for its pod', () => {
    const trial = aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] }));
    expect(reason(step(aView({ trial, jobs: [admitted] })))).toEqual([
      'Queued',
      'Waiting',
      'waits to run: its pod has not started',
    ]);
  });

  test('without a queue is somebody’s own doing', () => {
    const trial = aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] }));
    expect(reason(step(aView({ study: plain, trial })))).toEqual([
      'Queued',
      'JobSuspended',
      'Job digits-0001-1 is suspended: waits until it is resumed',
    ]);
  });

  test('is deleted when the trial is stopped', () => {
    const stop = { reason: 'StudyEnded', message: 'over' };
    const trial = aTrial(1, { stop }, trialStatus('Queued', { attempts: [anAttempt()] }));
    expect(step(aView({ trial })).remove?.metadata.name).toBe(JOB);
    const gone = step(aView({ trial, jobs: [] }));
    expect([stateOf(gone.status), gone.status.usage?.gpuSeconds]).toEqual(['Stopped', 0]);
  });

  test('is deleted when it has nothing left to report', () => {
    const attempts = [{ ...preempted, trained: 9 }, anAttempt({ gpus: 2, from: 9 })];
    const observations = curve(9, 8, 7, 6, 5, 4, 3, 2, 1);
    const trial = aTrial(1, { until: 9 }, trialStatus('Queued', { attempts, observations }));
    expect(step(aView({ trial })).remove?.metadata.name).toBe(JOB);
    expect(stateOf(step(aView({ trial, jobs: [] })).status)).toBe('Completed');
  });
});

describe('a trial that is preempted', () => {
  test('runs while its pod does, whatever is wanted of its Job', () => {
    const pods = [aPod('first', 'Running', { start: 10 })];
    expect(stateOf(step(aView({ trial: begun, pods })).status)).toBe('Running');
  });

  test('is queued while its pod ends', () => {
    const pod = aPod('first', 'Running', { start: 10 });
    const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: at(15) } };
    const next = step(aView({ trial: begun, pods: [going] }));
    expect(reason(next)).toEqual(['Queued', 'Preempted', 'was preempted: waits in queue team-a to go on']);
    expect(next.status.attempts).toEqual([ran]);
  });

  test('has another attempt on record, with the same Job, and no failure', () => {
    const pods = [aPod('first', 'Failed', { start: 10, end: 20 })];
    const next = step(aView({ trial: begun, pods, news: news(0.9, 0.8, 0.7) }));
    expect(reason(next)).toEqual(['Queued', 'Preempted', 'was preempted: waits in queue team-a to go on']);
    expect(next.status.attempts).toEqual([preempted, waiting]);
    expect([next.create, next.remove, next.status.failure]).toEqual([undefined, undefined, undefined]);
    expect(next.status.usage).toEqual({ resource: 3, gpuSeconds: 20 });
    expect(happeningOf(queued, begun, { state: 'Queued', status: next.status })?.reason).toBe('TrialPreempted');
  });

  test('keeps what its pod said last', () => {
    const pods = [aPod('first', 'Failed', { start: 10, end: 20 })];
    const { status } = step(aView({ trial: begun, pods, news: news(0.9, 0.8, 0.7, 0.6) }));
    expect(status.observations).toEqual(curve(0.9, 0.8, 0.7, 0.6));
    expect(status.attempts?.map(({ from, trained }) => [from, trained])).toEqual([
      [0, 4],
      [4, 0],
    ]);
  });

  test('is not counted twice while its pod lingers', () => {
    const pods = [aPod('first', 'Failed', { start: 10, end: 20 })];
    const view = aView({ trial: begun, pods });
    const once = step(view);
    const twice = step({ ...view, trial: after(begun, once), pods: [] });
    expect(twice.status).toEqual(once.status);
  });

  test('waits on when its pod is gone before it was seen to end: GPU seconds count until then', () => {
    const { status } = step(aView({ trial: begun }));
    expect(status.attempts?.[0]).toEqual({ ...preempted, endTime: at(100) });
  });

  test.each([
    ['as it was made', aJob({ suspend: true })],
    ['as it was before it was admitted', aJob({ suspend: true, condition: { lastTransitionTime: at(5) } })],
  ])('is not one whose Job is still known %s', (_, job) => {
    expect(step(aView({ trial: begun, jobs: [job] })).status.attempts).toEqual([{ ...ran, endTime: at(100) }]);
  });

  test('goes on with another pod of its Job, whose repeated reports change nothing', () => {
    const pods = [aPod('second', 'Running', { start: 60 })];
    const next = step(aView({ trial: waits, jobs: [admitted], pods, news: news(0.9, 0.8, 0.7, 0.6) }));
    expect(stateOf(next.status)).toBe('Running');
    expect(next.status.observations).toEqual(curve(0.9, 0.8, 0.7, 0.6));
    expect(next.status.attempts?.[1]).toEqual({
      ...waiting,
      pod: 'second',
      startTime: at(60),
      codeTime: NOW,
      trained: 4,
    });
  });

  test('is recognised by its other pod when nobody watched', () => {
    const pods = [aPod('second', 'Running', { start: 60 })];
    const { status } = step(aView({ trial: begun, jobs: [admitted], pods, news: news(0.9, 0.8, 0.7, 0.6) }));
    expect(status.attempts).toEqual([
      { ...preempted, endTime: at(60) },
      { ...waiting, pod: 'second', startTime: at(60), codeTime: NOW, trained: 4 },
    ]);
  });

  test('is recognised by when its other pod started, where that has the same name', () => {
    const pods = [aPod('first', 'Running', { start: 60 })];
    const next = step(aView({ trial: begun, jobs: [admitted], pods, news: news(0.9, 0.8, 0.7, 0.6) }));
    const second = { ...waiting, pod: 'first', startTime: at(60), codeTime: NOW, trained: 4 };
    expect(next.status.attempts).toEqual([{ ...preempted, endTime: at(60) }, second]);
    expect(presentPods(pods, next.status.attempts ?? [])).toEqual(pods);
  });

  test('is given up after too many attempts', () => {
    const attempts = [...Array.from({ length: MAX_ATTEMPTS - 1 }, () => preempted), ran];
    const trial = aTrial(1, {}, trialStatus('Running', { attempts }));
    const { status } = step(aView({ trial }));
    expect([status.failure?.class, status.attempts?.length]).toEqual(['Disruption', MAX_ATTEMPTS]);
  });
});

const lost = { outcome: 'Disrupted', failure: 'Disruption', reason: 'PodGone' } as const;

test('an evicted pod that its Job replaces by itself makes another attempt, disrupted', () => {
  const pods = [aPod('first', 'Failed', { start: 10, end: 20 }), aPod('second', 'Pending')];
  const view = aView({ study: plain, trial: begun, jobs: [aJob({ suspend: false })], pods });
  const { status } = step({ ...view, news: news(0.9, 0.8, 0.7) });
  expect(status.attempts).toEqual([{ ...preempted, ...lost }, waiting]);
});

test('an evicted pod makes another attempt also where its successor has ended with the Job meanwhile', () => {
  const successor = aPod('second', 'Succeeded', { start: 30, end: 40 });
  const complete: Job = { ...aJob({ suspend: false }), status: { conditions: [{ type: 'Complete', status: 'True' }] } };
  const pods = [aPod('first', 'Failed', { start: 10, end: 20 }), successor];
  const view = aView({ study: plain, trial: begun, jobs: [complete], pods });
  const { status } = step({ ...view, news: news(0.9, 0.8, 0.7) });
  expect(status.attempts?.map(({ outcome, pod }) => [outcome, pod])).toEqual([
    ['Disrupted', 'first'],
    [undefined, 'second'],
  ]);
});

test('a pod that is cached as it was before it started is not taken for its own successor', () => {
  const missed = { ...ran, endTime: at(20) };
  const trial = aTrial(1, {}, trialStatus('Running', { attempts: [missed] }));
  const view = aView({ study: plain, trial, jobs: [aJob({ suspend: false })], pods: [aPod('first', 'Pending')] });
  expect(step(view).status.attempts).toHaveLength(1);
});

describe('of two pods of a Job at once', () => {
  const isolated = { study: plain, trial: begun, jobs: [aJob({ suspend: false })] };
  const beside = aPod('beside', 'Running', { start: 10 });
  const ended = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: undefined } as never });

  test('the one on record goes on reporting when it has ended, and the other one is no other attempt', () => {
    const own = ended(aPod('first', 'Succeeded', { start: 10, end: 20 }));
    const { status } = step(aView({ ...isolated, pods: [beside, own], news: news(0.9, 0.8, 0.7, 0.6) }));
    expect(status.attempts).toEqual([{ ...ran, trained: 4 }]);
  });

  test('one without the container that trains does not report', () => {
    const helper = { ...beside, spec: { containers: [{ name: 'launcher' }] } };
    const waits = { ...isolated, trial: aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] })) };
    expect(step(aView({ ...waits, pods: [helper] })).status.attempts).toEqual([anAttempt()]);
  });

  test('the one that began after the end of the other is another attempt, once the log of that has been read', () => {
    const evicted = { conditions: [{ type: 'DisruptionTarget', status: 'True' }] } as const;
    const failed = ended(aPod('first', 'Failed', { start: 10, end: 20 }));
    const own = { ...failed, status: { ...failed.status, ...evicted } };
    const view = aView({ ...isolated, pods: [own, aPod('next', 'Running', { start: 20 })] });
    const unread = step({ ...view, news: { ...news(0.9), complete: false } });
    expect([unread.status.attempts?.length, unread.requeueAfterMs]).toEqual([1, 15_000]);
    const read = step({ ...view, news: news(0.9, 0.8, 0.7, 0.6) }).status;
    expect(read.attempts?.map(({ trained, pod }) => [pod, trained])).toEqual([
      ['first', 4],
      ['next', 0],
    ]);
  });
});

test('a lost pod holds no GPU while its Job has no other', () => {
  const look = (trial: Trial, seconds: number, pods: readonly Pod[] = []) =>
    step(aView({ study: plain, trial, jobs: [aJob({ suspend: false })], pods, now: Date.parse(at(seconds)) }));
  const missed = look(begun, 30);
  expect(missed.status.attempts).toEqual([{ ...ran, endTime: at(30) }]);
  const { status } = look(after(begun, missed), 1900, [aPod('second', 'Running', { start: 1800 })]);
  expect(status.attempts?.[0]).toEqual({ ...ran, endTime: at(30), ...lost });
});

describe('the priority of a Job', () => {
  const priorityClasses = [{ fromLevel: 9, name: 'high' }];
  const study = stored(aStudy({ trialTemplate: { metadata, spec: template }, queue: { priorityClasses } }));
  const labelsAt = (until: number, labels: Readonly<Record<string, string>> = {}): unknown => {
    const trial = aTrial(1, { until }, trialStatus('Running', { attempts: [anAttempt()] }));
    const jobs = [{ ...admitted, metadata: { ...admitted.metadata, labels } }];
    return newPriority(aView({ study, trial, jobs }))?.metadata.labels;
  };

  test('rises with what the trial trains towards', () => {
    const high = { 'kueue.x-k8s.io/priority-class': 'high' };
    expect([labelsAt(3), labelsAt(9), labelsAt(9, high)]).toEqual([undefined, high, undefined]);
  });

  test('is of no interest without an attempt under way', () => {
    expect(newPriority(aView({ study, trial: aTrial(1, { until: 9 }, trialStatus('Paused')) }))).toBeUndefined();
  });
});
