/** Code that has exited while the object that trains the trial goes on. */
import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Attempt } from '../../api/trial.ts';
import type { Condition, ContainerStatus, Job, Pod } from '../../kube/kinds.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { stateOf } from '../../observe.ts';
import { EXIT_GRACE_MS } from './exit.ts';
import { type Step, step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const MINUTE = 60_000;
const containers = [{ name: 'train', image: 'train:1' }];
const later = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
const template = { template: { spec: { containers } } };
const gangs = {
  apiVersion: 'example.com/v1',
  kind: 'Gang',
  primaryContainer: 'train',
  success: { type: 'Done' },
  failure: { type: 'Broken' },
  spec: template,
};
const jobStudy = stored(aStudy());
const gangStudy = stored(aStudy({ trialTemplate: gangs }));

function anObject(kind = 'Job', spec: Partial<Job['spec']> = {}, conditions: readonly Condition[] = []): Job {
  const metadata = { name: JOB, namespace: 'default', uid: 'u' };
  return { apiVersion: 'batch/v1', kind, metadata, spec: { ...spec, ...template }, status: { conditions } };
}

const exited = (exitCode: number, seconds = 0): ContainerStatus => ({
  name: 'train',
  state: { terminated: { exitCode, startedAt: NOW, finishedAt: later(seconds) } },
});
const runsOn: ContainerStatus = { name: 'proxy', state: { running: { startedAt: NOW } } };

interface Wanted {
  readonly name?: string;
  readonly phase?: NonNullable<Pod['status']>['phase'];
  readonly start?: number;
  readonly conditions?: readonly Condition[];
  readonly deletionTimestamp?: string;
}

function aPod(statuses: readonly ContainerStatus[], wanted: Wanted = {}): Pod {
  const { name = 'p', phase = 'Running', start = 0, conditions, deletionTimestamp } = wanted;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      creationTimestamp: later(start),
      ...(deletionTimestamp && { deletionTimestamp }),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: JOB, uid: 'u' }],
    },
    spec: { containers },
    status: { phase, startTime: later(start), ...(conditions && { conditions }), containerStatuses: statuses },
  };
}

function news(...values: readonly number[]): LogState {
  return { reports: curve(...values), diverged: undefined, otherNames: [], tail: ['bye'], dropped: 0, complete: true };
}

const nine = [9, 8, 7, 6, 5, 4, 3, 2, 1];
const ran: Attempt = anAttempt({ pod: 'p', startTime: NOW, codeTime: NOW });

function aView(view: Partial<TrialView> & { readonly after?: number }): TrialView {
  const { after = 0, ...others } = view;
  return {
    study: jobStudy,
    trial: aTrial(1, {}, trialStatus('Running', { attempts: [ran] })),
    jobs: [anObject()],
    pods: [],
    news: news(...nine),
    levels: [1, 3, 9],
    pauses: false,
    now: Date.parse(NOW) + after,
    ...others,
  };
}

const why = ({ status }: Step): unknown => {
  const holds = status.conditions?.find((condition) => condition.status === 'True');
  return [holds?.type, holds?.reason, holds?.message];
};
const outcomes = ({ status }: Step): unknown => status.attempts?.map(({ outcome, failure }) => failure ?? outcome);

/** Once its Job has been deleted for what this step found, and all its pods are gone. */
function gone(view: TrialView, { status }: Step): Step {
  const trial = { ...view.trial, status };
  // An operator that has been started anew knows nothing of the log.
  return step({ ...view, trial, jobs: [], pods: [], news: undefined });
}

describe('a Job that another container keeps from ending', () => {
  const helped = (code: number) => [aPod([exited(code), runsOn])];

  test('is given a moment before anything is said', () => {
    const next = step(aView({ pods: helped(0), after: 2_000 }));
    expect([next.requeueAfterMs, why(next)]).toEqual([8_000, ['Running', 'Training', `Job ${JOB} trains to epoch 9`]]);
  });

  test('is given a minute', () => {
    const next = step(aView({ pods: helped(0), after: 20_000 }));
    expect([next.remove, next.requeueAfterMs]).toEqual([undefined, 40_000]);
    const words = `its code has exited; other containers of its pod keep Job ${JOB} from ending`;
    expect(why(next)).toEqual(['Running', 'Exited', words]);
  });

  test('is then deleted, and the trial completed once its pod is gone', () => {
    const view = aView({ pods: helped(0), after: MINUTE });
    const next = step(view);
    expect([stateOf(next.status), next.remove?.metadata.name]).toEqual(['Running', JOB]);
    const done = gone(view, next);
    expect([stateOf(done.status), outcomes(done)]).toEqual(['Completed', ['Succeeded']]);
  });

  test('has ended early where its code did', () => {
    const view = aView({ pods: helped(0), after: MINUTE, news: news(3, 2) });
    expect(why(gone(view, step(view)))).toEqual(['Completed', 'EndedEarly', 'its code ended at epoch 2, before 9']);
  });

  test('has failed where its code did, with its last words', () => {
    const view = aView({ pods: helped(3), after: MINUTE, news: news(3, 2) });
    const next = step(view);
    expect([stateOf(next.status), next.remove?.metadata.name]).toEqual(['Running', JOB]);
    const message = 'container train exited with code 3; last lines of its log: bye';
    expect(why(gone(view, next))).toEqual(['Failed', 'UserCode', message]);
  });

  test('has failed where it reported nothing', () => {
    const view = aView({ pods: helped(0), after: MINUTE, news: news() });
    expect(outcomes(gone(view, step(view)))).toEqual(['NoMetricReported']);
  });

  test('is tried again where the Study retries', () => {
    const study = stored(aStudy({ failures: { retries: { userCode: 1 } } }));
    const view = aView({ study, pods: helped(3), after: MINUTE, news: news(3, 2) });
    const again = gone(view, step(view));
    expect([again.create?.metadata.name, outcomes(again)]).toEqual(['digits-0001-2', ['UserCode', undefined]]);
  });

  test.each<[string, Partial<TrialView>]>([
    ['its log has not been read', { pods: helped(1), news: { ...news(3), complete: false } }],
    ['its pod is being deleted', { pods: [aPod([exited(143), runsOn], { deletionTimestamp: NOW })] }],
    ['it is Indexed', { pods: helped(0), jobs: [anObject('Job', { completionMode: 'Indexed' })] }],
    ['it is suspended', { pods: helped(143), jobs: [anObject('Job', { suspend: true })] }],
  ])('is left alone while %s', (_, view) => {
    expect(step(aView({ after: MINUTE, news: news(3), ...view })).remove).toBeUndefined();
  });
});

test('a Job that failed for another container has done its work where its code has', () => {
  const failed: Condition = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: NOW };
  const pods = [aPod([exited(0), { name: 'ship', state: { terminated: { exitCode: 1 } } }], { phase: 'Failed' })];
  const next = step(aView({ jobs: [anObject('Job', {}, [failed])], pods }));
  expect([stateOf(next.status), outcomes(next)]).toEqual(['Completed', ['Succeeded']]);
});

describe('an object of another kind whose pods have ended', () => {
  const conditions = ['Failed', 'Suspended=False'];
  const words = `its pods have ended; Gang ${JOB} has conditions Failed, Suspended=False; the Study waits for Done or Broken`;
  const ended = (code: number): Partial<TrialView> => ({
    study: gangStudy,
    jobs: [anObject('Gang')],
    pods: [aPod([exited(code)], { phase: code === 0 ? 'Succeeded' : 'Failed' })],
    conditions,
  });

  test('is given ten minutes to say how', () => {
    const next = step(aView({ ...ended(0), after: MINUTE }));
    expect([next.remove, next.requeueAfterMs, why(next)]).toEqual([
      undefined,
      EXIT_GRACE_MS - MINUTE,
      ['Running', 'Exited', words],
    ]);
  });

  test('has then succeeded, by its exit code', () => {
    const view = aView({ ...ended(0), after: EXIT_GRACE_MS });
    expect(outcomes(gone(view, step(view)))).toEqual(['Succeeded']);
  });

  test('or failed, and says what was waited for', () => {
    const view = aView({ ...ended(3), news: news(3), after: EXIT_GRACE_MS });
    const message = `${words}; container train exited with code 3; last lines of its log: bye`;
    expect(why(gone(view, step(view)))).toEqual(['Failed', 'UserCode', message]);
  });

  test('but not while one of them runs', () => {
    const view = ended(0);
    const pods = [...(view.pods ?? []), aPod([runsOn], { name: 'q' })];
    expect(step(aView({ ...view, pods, news: news(3), after: EXIT_GRACE_MS })).remove).toBeUndefined();
  });
});

describe('what trains it completes and no pod of it was ever found: the trial', () => {
  const complete: Condition = { type: 'Complete', status: 'True', lastTransitionTime: NOW };
  const unseen = (...earlier: readonly Partial<Attempt>[]) =>
    aTrial(1, {}, trialStatus('Queued', { attempts: [...earlier.map(anAttempt), anAttempt()] }));
  const gang = { study: gangStudy, jobs: [anObject('Gang', {}, [complete])], news: undefined };
  const job = { jobs: [anObject('Job', {}, [complete])], news: undefined };

  test('has reported nothing, and says which pods were looked for', () => {
    const message = `no pod of Gang ${JOB} with a container train was found (labels abohb.dev/attempt=${JOB}): nobody knows what it reported`;
    expect(why(step(aView({ ...gang, trial: unseen() })))).toEqual(['Failed', 'NoMetricReported', message]);
  });

  test('is tried once more where it is a Job', () => {
    expect(outcomes(step(aView({ ...job, trial: unseen() })))).toEqual(['Disruption', undefined]);
    const again = unseen({ job: 'digits-0001-0', outcome: 'Disrupted' });
    expect(outcomes(step(aView({ ...job, trial: again })))).toEqual(['Disrupted', 'NoMetricReported']);
  });

  test('goes on where one was found earlier', () => {
    const found = unseen({ job: 'digits-0001-0', startTime: NOW, outcome: 'Disrupted' });
    expect(outcomes(step(aView({ ...gang, trial: found })))).toEqual(['Disrupted', 'Disruption', undefined]);
  });
});

describe('code that fails and is started again by what trains it', () => {
  const own = aPod([exited(3, 20)], { phase: 'Failed' });
  const next = aPod([{ ...runsOn, name: 'train' }], { name: 'q', start: 30 });
  const again = { study: gangStudy, jobs: [anObject('Gang')], pods: [own, next], news: news(3), after: 31_000 };

  test('has failed', () => {
    const view = aView(again);
    const found = step(view);
    expect(found.remove?.metadata.name).toBe(JOB);
    const message = 'container train exited with code 3; last lines of its log: bye';
    expect(why(gone(view, found))).toEqual(['Failed', 'UserCode', message]);
  });

  test('goes on as often as the Study allows', () => {
    const study = stored(aStudy({ trialTemplate: gangs, failures: { retries: { userCode: 1 } } }));
    const found = step(aView({ ...again, study }));
    expect([found.remove, outcomes(found)]).toEqual([undefined, ['UserCode', undefined]]);
  });

  test('is a disruption where it was evicted', () => {
    const conditions = [{ type: 'DisruptionTarget', status: 'True' }] as const;
    const pods = [aPod([exited(143, 20)], { phase: 'Failed', conditions }), next];
    const [first] = step(aView({ ...again, pods })).status.attempts ?? [];
    expect(first?.outcome).toBe('Disrupted');
  });
});
