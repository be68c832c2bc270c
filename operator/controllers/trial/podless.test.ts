import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { KubeError } from '../../kube/cluster.ts';
import { EVENT, type Event, type Job, type Pod } from '../../kube/kinds.ts';
import { createStore } from '../../local/store.ts';
import { refusalOfPod, timeToPod } from './podless.ts';
import { step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const MINUTE = 60_000;
const study = stored(aStudy());
const trial = aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] }));

function aJob(job: Partial<Job> = {}, spec: Partial<Job['spec']> = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: JOB, namespace: 'default', uid: 'uid-of-job', creationTimestamp: NOW },
    spec: { template: { spec: { containers: [] } }, ...spec },
    ...job,
  };
}

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${JOB}-x`, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }] },
  spec: { containers: [{ name: 'train' }] },
};

/** So many minutes after the Job was created. */
function minutesIn(minutes: number, view: Partial<TrialView> = {}): TrialView {
  const now = Date.parse(NOW) + minutes * MINUTE;
  return { study, trial, jobs: [aJob()], pods: [], news: undefined, levels: [1, 3, 9], pauses: false, now, ...view };
}

const later = (minutes: number) => new Date(Date.parse(NOW) + minutes * MINUTE).toISOString();

describe('a Job has its time to make a pod', () => {
  test('from its creation', () => {
    expect(timeToPod(minutesIn(4))).toBe(6 * MINUTE);
  });

  test('from when it was last resumed', () => {
    expect(timeToPod(minutesIn(14, { jobs: [aJob({ status: { startTime: later(12) } })] }))).toBe(8 * MINUTE);
  });

  test('from the end of the attempt before, which had a pod of the same Job', () => {
    const attempts = [anAttempt({ pod: 'gone', outcome: 'Preempted', endTime: later(13) }), anAttempt()];
    expect(timeToPod(minutesIn(14, { trial: aTrial(1, {}, trialStatus('Queued', { attempts })) }))).toBe(9 * MINUTE);
  });

  test('from the end of its pod, where another is to take its place', () => {
    const isGone = trialStatus('Queued', {
      attempts: [anAttempt({ pod: 'gone', startTime: NOW, endTime: later(13) })],
    });
    expect(timeToPod(minutesIn(14, { trial: aTrial(1, {}, isGone) }))).toBe(9 * MINUTE);
    const hadOne = trialStatus('Running', { attempts: [anAttempt({ pod: pod.metadata.name, startTime: NOW })] });
    const terminated = { exitCode: 137, finishedAt: later(12) };
    const evicted: Pod = {
      ...pod,
      status: { phase: 'Failed', startTime: NOW, containerStatuses: [{ name: 'train', state: { terminated } }] },
    };
    expect(timeToPod(minutesIn(14, { trial: aTrial(1, {}, hadOne), pods: [evicted] }))).toBe(8 * MINUTE);
  });

  test.each<[string, Partial<TrialView>]>([
    ['is suspended', { jobs: [aJob({}, { suspend: true })] }],
    ['has one', { pods: [pod] }],
    ['says that it has one', { jobs: [aJob({ status: { active: 1 } })] }],
    [
      'had one, and it is not known when that was gone',
      { trial: aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt({ pod: 'gone' })] })) },
    ],
    ['is another kind of object', { jobs: [aJob({ kind: 'PyTorchJob' })] }],
    ['has failed', { jobs: [aJob({ status: { conditions: [{ type: 'Failed', status: 'True' }] } })] }],
    ['is gone', { jobs: [] }],
  ])('but not when it %s', (_, view) => {
    expect(timeToPod(minutesIn(60, view))).toBeUndefined();
  });
});

/** A cluster where the Job controller has told these of the Job, and something of another. */
async function clusterThatTold(...told: readonly (readonly [minutes: number, reason: string, message: string])[]) {
  const cluster = createStore({ clock: { now: () => Date.parse(NOW) }, kinds: [] });
  const tell = (uid: string, [minutes, reason, message]: (typeof told)[number]): Promise<Event> =>
    cluster.create(EVENT, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${uid}.${minutes}`, namespace: 'default' },
      involvedObject: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: JOB, uid },
      type: 'Warning',
      reason,
      message,
      count: 1,
      firstTimestamp: later(minutes),
      lastTimestamp: later(minutes),
      source: { component: 'job-controller' },
    });
  await tell('uid-of-another', [9, 'FailedCreate', 'of another']);
  for (const one of told) await tell('uid-of-job', one);
  return cluster;
}

describe('why a Job has no pod', () => {
  test('is what its controller said last, once its time is over', async () => {
    const cluster = await clusterThatTold(
      [3, 'FailedCreate', 'exceeded quota'],
      [8, 'FailedCreate', 'no service account'],
      [9, 'SuccessfulDelete', 'deleted'],
    );
    expect(await refusalOfPod(cluster, minutesIn(9))).toBeUndefined();
    expect(await refusalOfPod(cluster, minutesIn(11))).toBe('no service account');
  });

  test('is not known while nobody has said it, or where it may not be read', async () => {
    const silent = await clusterThatTold();
    expect(await refusalOfPod(silent, minutesIn(11))).toBeUndefined();
    const list = () => Promise.reject(new KubeError('Forbidden', 'events is forbidden'));
    expect(await refusalOfPod({ ...silent, list }, minutesIn(11))).toBeUndefined();
  });
});

describe('a trial whose Job was refused its pod', () => {
  const queued = (view: TrialView) => step(view).status.conditions?.find(({ type }) => type === 'Queued');

  test('for good fails in the words of the refusal', () => {
    const refusal = 'pods "a-1-" is forbidden: error looking up service account default/none';
    const deleted = step(minutesIn(11, { refusal }));
    expect(deleted.remove?.metadata.name).toBe(JOB);
    expect(deleted.status.failure).toEqual({
      class: 'StartFailed',
      message: `Job ${JOB} could not make its pod within 10m: ${refusal}`,
    });
    const gone = step(minutesIn(12, { trial: { ...trial, status: deleted.status }, jobs: [] }));
    expect(gone.status.conditions?.find(({ status }) => status === 'True')).toMatchObject({
      type: 'Failed',
      reason: 'StartFailed',
    });
  });

  test('for want of quota waits, and says so', () => {
    const refusal = 'pods "a-1-" is forbidden: exceeded quota: team, requested: pods=1, used: pods=4, limited: pods=4';
    const view = minutesIn(600, { refusal });
    expect(step(view).remove).toBeUndefined();
    expect(queued(view)).toMatchObject({ status: 'True', message: `waits to run: ${refusal}` });
  });

  test('is looked at when its time is over, and from then on every minute', () => {
    expect(step(minutesIn(4)).requeueAfterMs).toBe(6 * MINUTE + 1);
    expect(step(minutesIn(11)).requeueAfterMs).toBe(MINUTE);
  });
});
