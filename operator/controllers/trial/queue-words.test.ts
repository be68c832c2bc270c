import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { type Cluster, KubeError, type KubeObject } from '../../kube/cluster.ts';
import type { Condition, Event, Job } from '../../kube/kinds.ts';
import { type QueueWords, queueWords } from './queue-words.ts';
import { step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const spec = { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } };
const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
const study = stored(aStudy({ trialTemplate: { metadata, spec } }));
const trial = aTrial(1, {}, trialStatus('Queued', { attempts: [anAttempt()] }));

function aJob(suspend = true): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: JOB, namespace: 'default', uid: 'uid-of-job' },
    spec: { suspend, template: { spec: { containers: [] } } },
  };
}

const isFalse = (type: string, message: string): Condition => ({ type, status: 'False', reason: 'Pending', message });
const evicted = (reason: string, message: string): Condition => ({ type: 'Evicted', status: 'True', reason, message });

interface Kueue {
  /** Absent: it has made one. */
  readonly isMissing?: boolean;
  readonly events?: readonly Partial<Event>[];
  readonly version?: string;
  readonly active?: boolean;
  readonly conditions?: readonly Condition[];
}

/** A cluster with Kueue and one Workload of the Job; `asked` is what was listed. */
function withKueue({ version = 'v1beta2', active, conditions = [], isMissing = false, events = [] }: Kueue) {
  const asked: unknown[] = [];
  const workload = {
    apiVersion: `kueue.x-k8s.io/${version}`,
    kind: 'Workload',
    metadata: { name: 'job-digits-1a2b3' },
    spec: { ...(active !== undefined && { active }) },
    status: { conditions },
  };
  const cluster: Pick<Cluster, 'discover' | 'list'> = {
    discover: async (apiVersion, kind) =>
      apiVersion === workload.apiVersion && kind === 'Workload'
        ? { group: 'kueue.x-k8s.io', version, kind, plural: 'workloads' }
        : undefined,
    list: async <T extends KubeObject>(kind: { plural: string; version: string }, query: object) => {
      asked.push([kind.plural, kind.version, query]);
      const found = kind.plural === 'events' ? events : isMissing ? [] : [workload];
      return { items: found as unknown as T[], resourceVersion: '1' };
    },
  };
  return { cluster, asked };
}

const said = (kueue: Kueue): Promise<QueueWords | undefined> =>
  queueWords(withKueue(kueue).cluster, { study, trial, jobs: [aJob()] });

describe('what Kueue says is asked for', () => {
  test.each(['v1beta1', 'v1beta2'])(
    'in the version it is installed in (%s), by the uid of the Job',
    async (version) => {
      const { cluster, asked } = withKueue({ version });
      await queueWords(cluster, { study, trial, jobs: [aJob()] });
      const query = { namespace: 'default', labelSelector: 'kueue.x-k8s.io/job-uid=uid-of-job' };
      expect(asked).toEqual([['workloads', version, query]]);
    },
  );

  test.each<[string, Pick<TrialView, 'study' | 'trial' | 'jobs'>]>([
    ['runs', { study, trial, jobs: [aJob(false)] }],
    ['is in no queue', { study: stored(aStudy()), trial, jobs: [aJob()] }],
    ['is gone', { study, trial, jobs: [] }],
  ])('not of a Job that %s', async (_, situation) => {
    const { cluster, asked } = withKueue({});
    expect(await queueWords(cluster, situation)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('in vain without the right to, or without Kueue, and the trial just waits', async () => {
    const { cluster } = withKueue({ version: 'v1beta9' });
    expect(await queueWords(cluster, { study, trial, jobs: [aJob()] })).toBeUndefined();
    const forbidding = {
      ...withKueue({}).cluster,
      list: () => Promise.reject(new KubeError('Forbidden', 'workloads is forbidden')),
    };
    expect(await queueWords(forbidding, { study, trial, jobs: [aJob()] })).toBeUndefined();
  });

  test('also of a Job that has been given a queue where its Study names none', async () => {
    const { cluster } = withKueue({ conditions: [isFalse('QuotaReserved', 'no GPU')] });
    const job = { ...aJob(), metadata: { ...aJob().metadata, labels: { 'kueue.x-k8s.io/queue-name': 'default' } } };
    const found = await queueWords(cluster, { study: stored(aStudy()), trial, jobs: [job] });
    expect(found?.waitsFor).toBe('no GPU');
  });

  test('of its Events where there is no Workload', async () => {
    const told = (type: 'Normal' | 'Warning', message: string, component = 'batch/job-kueue-controller') => ({
      ...{ type, message, source: { component }, metadata: { name: message } },
    });
    const events = [
      told('Warning', 'WorkloadPriorityClass high not found'),
      told('Normal', 'suspended'),
      told('Warning', 'pods are forbidden', 'job-controller'),
    ];
    const { cluster, asked } = withKueue({ isMissing: true, events });
    expect(await queueWords(cluster, { study, trial, jobs: [aJob()] })).toEqual({
      waitsFor: 'WorkloadPriorityClass high not found',
      deactivated: undefined,
    });
    expect(asked.at(-1)).toEqual([
      'events',
      'v1',
      { namespace: 'default', fieldSelector: 'involvedObject.uid=uid-of-job' },
    ]);
  });

  test('and an API server in trouble is asked again', async () => {
    const broken = {
      ...withKueue({}).cluster,
      list: () => Promise.reject(new KubeError('ServerError', 'etcd is down')),
    };
    await expect(queueWords(broken, { study, trial, jobs: [aJob()] })).rejects.toThrow('etcd is down');
  });
});

describe('a Job waits', () => {
  test('for quota, as long as none is reserved', async () => {
    const noQuota = isFalse('QuotaReserved', 'insufficient unused quota for nvidia.com/gpu');
    expect((await said({ conditions: [noQuota] }))?.waitsFor).toBe('insufficient unused quota for nvidia.com/gpu');
  });

  test('for its admission, once quota is reserved', async () => {
    const reserved = { type: 'QuotaReserved', status: 'True', message: 'reserved' } as const;
    const checks = isFalse('Admitted', 'waits for the check provisioning');
    expect((await said({ conditions: [reserved, checks] }))?.waitsFor).toBe('waits for the check provisioning');
  });

  test('for what nobody has said', async () => {
    expect(await said({})).toEqual({ waitsFor: undefined, deactivated: undefined });
  });
});

describe('that a Job will never be admitted is told', () => {
  const quota = (message: string, reason = 'Pending'): Condition => ({
    ...{ type: 'QuotaReserved', status: 'False', reason, message },
  });
  const flavor = (name: string, words: string): string => `insufficient ${words} for nvidia.com/gpu in flavor ${name}`;
  const tooLarge = (name: string): string => `${flavor(name, 'quota')}, request > maximum capacity (16 > 8)`;
  const inUse = (name: string): string => `${flavor(name, 'unused quota')}, 8 more needed`;
  const set = (name: string, ...flavors: readonly string[]): string =>
    `couldn't assign flavors to pod set ${name}: ${flavors.join(', ')}`;

  test.each<[string, Condition, string | undefined]>([
    ['whose queue is missing', quota("LocalQueue team-a doesn't exist", 'Inadmissible'), 'QueueNotFound'],
    ['whose queue leads nowhere', quota("ClusterQueue gpus doesn't exist", 'Misconfigured'), 'QueueNotFound'],
    ['whose queue is closed', quota('LocalQueue team-a is inactive', 'Inadmissible'), 'Inadmissible'],
    ['that is too large, in one word', quota('', 'ExceedsMaxQuota'), 'QuotaNeverFits'],
    ['that is too large for all flavors', quota(set('main', tooLarge('a'), tooLarge('b'))), 'QuotaNeverFits'],
    ['of which some pods are too many', quota(`${set('a', inUse('x'))}; ${set('b', tooLarge('x'))}`), 'QuotaNeverFits'],
    ['that is too large for one flavor', quota(set('main', inUse('a'), tooLarge('b'))), undefined],
    ['that waits for its turn', quota(set('main', inUse('a'))), undefined],
  ])('of one %s', async (_, condition, expected) => {
    expect((await said({ conditions: [condition] }))?.never).toBe(expected);
  });
});

describe('a Workload is deactivated', () => {
  test.each<[string, Condition, string | undefined]>([
    ['Kueue', evicted('DeactivatedDueToRequeuingLimitExceeded', 'too often'), 'RequeuingLimitExceeded'],
    [
      'Kueue',
      { ...evicted('MaximumExecutionTimeExceeded', ''), type: 'DeactivationTarget' },
      'MaximumExecutionTimeExceeded',
    ],
    ['a person', evicted('Deactivated', 'The workload is deactivated'), undefined],
  ])('by %s', async (_, condition, cause) => {
    const words = await said({ active: false, conditions: [condition] });
    expect(words?.deactivated).toMatchObject({ workload: 'job-digits-1a2b3', cause });
  });

  test('only while it is: one that was activated again waits', async () => {
    const was = evicted('DeactivatedDueToRequeuingLimitExceeded', 'too often');
    expect((await said({ active: true, conditions: [was] }))?.deactivated).toBeUndefined();
  });
});

describe('the trial', () => {
  const view = (queue: QueueWords, of = trial): TrialView => ({
    study,
    trial: of,
    jobs: [aJob()],
    pods: [],
    news: undefined,
    queue,
    levels: [1, 3, 9],
    pauses: false,
    now: Date.parse(NOW),
  });
  const heldFor = (waitsFor: string): QueueWords => ({ waitsFor, deactivated: undefined });
  const deactivated = (cause: string | undefined): QueueWords => ({
    waitsFor: undefined,
    deactivated: { workload: 'job-digits-1a2b3', cause, message: 'no more' },
  });
  const queued = (of: TrialView) => step(of).status.conditions?.find(({ type }) => type === 'Queued');

  test('says what it waits for, and asks again', () => {
    const next = step(view(heldFor('one more nvidia.com/gpu needed')));
    expect(queued(view(heldFor('one more nvidia.com/gpu needed')))).toMatchObject({
      reason: 'WaitsForQuota',
      message: 'waits in queue team-a for quota: one more nvidia.com/gpu needed',
    });
    expect(next.requeueAfterMs).toBe(30_000);
  });

  test.each([
    ['QueueNotFound', 'waits in queue team-a, which is not there or leads nowhere: its words'],
    ['Inadmissible', 'waits in queue team-a, which does not admit it: its words'],
    ['QuotaNeverFits', 'asks for more than queue team-a can ever give it: its words'],
  ] as const)('says that it will never run (%s), and asks again: somebody may change the queue', (never, message) => {
    const next = view({ ...heldFor('its words'), never });
    expect(queued(next)).toMatchObject({ status: 'True', reason: never, message });
    expect(step(next).requeueAfterMs).toBe(30_000);
  });

  test('names the queue its Job was given', () => {
    const job = { ...aJob(), metadata: { ...aJob().metadata, labels: { 'kueue.x-k8s.io/queue-name': 'default' } } };
    const next = { ...view(heldFor('one more needed')), study: stored(aStudy()), jobs: [job] };
    expect(queued(next)?.message).toBe('waits in queue default for quota: one more needed');
    expect(step(next).requeueAfterMs).toBe(30_000);
  });

  test('waits for a person where a person has deactivated it, and says what to do', () => {
    const next = step(view(deactivated(undefined)));
    expect(next).not.toHaveProperty('remove');
    expect(queued(view(deactivated(undefined)))).toMatchObject({
      reason: 'Deactivated',
      message: 'Workload job-digits-1a2b3 was deactivated: set its spec.active to true to let it go on',
    });
  });

  test.each([
    ['RequeuingLimitExceeded', 'StartFailed'],
    ['AdmissionCheck', 'StartFailed'],
    ['MaximumExecutionTimeExceeded', 'DeadlineExceeded'],
  ])('whose Job Kueue has deactivated for %s fails as %s, once its Job is gone', (cause, kind) => {
    const first = step(view(deactivated(cause)));
    expect(first.remove?.metadata.name).toBe(JOB);
    const message = `its queue has deactivated Job ${JOB} (${cause}): no more`;
    expect(first.status.failure).toEqual({ class: kind, message });
    const after = { ...view(deactivated(cause), { ...trial, status: first.status }), jobs: [], queue: undefined };
    const failed = step(after).status.conditions?.find(({ type }) => type === 'Failed');
    expect(failed).toMatchObject({ status: 'True', reason: kind, message });
  });
});
