import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { type Attempt, MAX_ATTEMPTS, type Trial, type TrialSpec, trialSchema } from '../../api/trial.ts';
import { validateShape } from '../../api/validate.ts';
import { isTrue } from '../../conditions.ts';
import type { Condition, ContainerStatus, Job, Pod } from '../../kube/kinds.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { stateOf, TRIAL_STATES } from '../../observe.ts';
import { EXIT_GRACE_MS } from './exit.ts';
import { type Step, step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const study = stored(aStudy());
const promoting = stored(aStudy({ algorithm: { asynchronousHyperband: { scheduling: 'Promotion' } } }));
const signalling = stored(
  aStudy({ algorithm: { asynchronousHyperband: { scheduling: 'Promotion' } }, pause: 'Signal' }),
);

function aJob(status: Job['status'] = {}, name = JOB): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default', uid: `uid-of-${name}` },
    spec: { template: { spec: { containers: [] } } },
    status,
  };
}

const finished = (type: 'Complete' | 'Failed', reason?: string): Job =>
  aJob({ conditions: [{ type, status: 'True', lastTransitionTime: NOW, ...(reason && { reason }) }] });

interface PodWanted {
  readonly phase?: NonNullable<Pod['status']>['phase'];
  readonly state?: ContainerStatus['state'];
  readonly conditions?: readonly Condition[];
  readonly job?: string;
}

function aPod({ phase = 'Running', state, conditions, job = JOB }: PodWanted = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${job}-x`, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job, uid: 'u' }] },
    spec: { containers: [{ name: 'train' }] },
    status: {
      phase,
      startTime: NOW,
      ...(conditions && { conditions }),
      containerStatuses: [{ name: 'train', state: state ?? { running: { startedAt: NOW } } }],
    },
  };
}

/** A pod whose code has exited. */
const exited = (exitCode: number, reason?: string): Pod =>
  aPod({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    state: { terminated: { exitCode, finishedAt: NOW, ...(reason && { reason }) } },
  });

function news(...values: readonly number[]): LogState {
  return {
    reports: curve(...values),
    diverged: undefined,
    otherNames: [],
    tail: ['a', 'last words'],
    dropped: 0,
    complete: true,
  };
}

function aView(view: Partial<TrialView> = {}): TrialView {
  return {
    study,
    trial: aTrial(1),
    jobs: [],
    pods: [],
    news: undefined,
    levels: [1, 3, 9],
    pauses: view.study === promoting || view.study === signalling,
    now: Date.parse(NOW),
    ...view,
  };
}

/** Trial 1 whose first attempt is under way. */
const under = (attempt: Partial<Attempt> = {}, spec = {}) =>
  aTrial(1, spec, trialStatus('Running', { attempts: [anAttempt(attempt)] }));

const nine = [9, 8, 7, 6, 5, 4, 3, 2, 1];
const messageOf = ({ status }: Step): string | undefined =>
  status.conditions?.find((condition) => condition.status === 'True')?.message;
const outcomes = ({ status }: Step): unknown => status.attempts?.map(({ outcome }) => outcome);

describe('a new trial', () => {
  test('gets a Job and is queued', () => {
    const { status, create } = step(aView());
    expect(create?.metadata.name).toBe(JOB);
    expect([stateOf(status), status.attempts]).toEqual(['Queued', [anAttempt()]]);
  });

  test('gets no second Job when we were interrupted after creating the first', () => {
    const { status, create } = step(aView({ jobs: [aJob()] }));
    expect([create, status.attempts]).toEqual([undefined, [anAttempt()]]);
  });

  test.each([
    ['the Study is suspended', { study: { ...study, spec: { ...study.spec, suspend: true } } }],
    ['it is stopped', { trial: aTrial(1, { stop: { reason: 'StudyEnded', message: 'over' } }) }],
  ])('whose Job is not on record yet has it deleted when %s', (_, meanwhile) => {
    const view = aView({ jobs: [aJob()], ...meanwhile });
    const { status } = step(view);
    expect(status.attempts).toEqual([anAttempt()]);
    expect(step({ ...view, trial: { ...view.trial, status } }).remove?.metadata.name).toBe(JOB);
  });

  test('waits while the Study is suspended', () => {
    const suspended = { ...study, spec: { ...study.spec, suspend: true } };
    const next = step(aView({ study: suspended }));
    expect([stateOf(next.status), next.create, messageOf(next)]).toEqual([
      'Queued',
      undefined,
      'waits until the Study is resumed',
    ]);
  });

  test('that was stopped before it began never begins', () => {
    const next = step(aView({ trial: aTrial(1, { stop: { reason: 'StudyEnded', message: 'over' } }) }));
    expect([stateOf(next.status), next.create]).toEqual(['Stopped', undefined]);
  });

  test('of a promoting study is told to run to its rung only', () => {
    expect(step(aView({ study: promoting })).status.attempts).toEqual([anAttempt({ until: 1 })]);
  });
});

describe('a trial whose pod does not run yet is queued and says why', () => {
  test.each<[string, Pod[], string]>([
    ['no pod', [], 'waits to run: its pod has not started'],
    [
      'no node',
      [
        aPod({
          phase: 'Pending',
          state: {},
          conditions: [{ type: 'PodScheduled', status: 'False', message: 'no GPU' }],
        }),
      ],
      'waits to run: no GPU',
    ],
    [
      'no image',
      [aPod({ phase: 'Pending', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } })],
      'waits to run: ImagePullBackOff: no such image',
    ],
  ])('%s', (_, pods, message) => {
    const next = step(aView({ trial: under(), jobs: [aJob()], pods }));
    expect([stateOf(next.status), messageOf(next)]).toEqual(['Queued', message]);
  });
});

describe('a running trial', () => {
  test('has its reports written down', () => {
    const { status } = step(aView({ trial: under(), jobs: [aJob()], pods: [aPod()], news: news(0.5, 0.4) }));
    expect([stateOf(status), status.reached, status.last]).toEqual(['Running', 2, 0.4]);
    expect(status.observations).toEqual(curve(0.5, 0.4));
    expect(status.attempts).toEqual([anAttempt({ pod: `${JOB}-x`, startTime: NOW, codeTime: NOW, trained: 2 })]);
  });

  test('has the time kept since when it runs', () => {
    const later = Date.parse(NOW) + 1000;
    const { status } = step(aView({ trial: under(), jobs: [aJob()], pods: [aPod()], now: later }));
    expect(status.conditions?.find(({ type }) => type === 'Running')?.lastTransitionTime).toBe(NOW);
  });

  test('is in exactly one state', () => {
    const { status } = step(aView({ trial: under(), jobs: [aJob()], pods: [aPod()] }));
    expect(TRIAL_STATES.filter((type) => isTrue(status.conditions, type))).toEqual(['Running']);
  });

  test('stepped twice is stepped once', () => {
    const view = aView({ trial: under(), jobs: [aJob()], pods: [aPod()], news: news(0.5, 0.4) });
    const { status } = step(view);
    expect(step({ ...view, trial: { ...view.trial, status } }).status).toEqual(status);
  });

  test.each<[string, Partial<TrialView>]>([
    ['was stopped', { trial: under({}, { stop: { reason: 'StoppedByScheduler', message: 'too bad' } }) }],
    ['has a Study that was suspended', { study: { ...study, spec: { ...study.spec, suspend: true } } }],
    ['diverged', { news: { ...news(0.5), diverged: { resource: 2, value: Number.NaN } } }],
    ['runs past its end', { news: news(...nine, 0.5) }],
  ])('loses its Job when it %s', (_, change) => {
    const job = aJob();
    const next = step(aView({ trial: under(), jobs: [job], pods: [aPod()], ...change }));
    expect([stateOf(next.status), next.remove]).toEqual(['Running', job]);
  });

  test('may take its time to exit after its last report, but not for ever', () => {
    const view = aView({ trial: under(), jobs: [aJob()], pods: [aPod()], news: news(...nine) });
    const soon = step(view);
    expect([soon.remove, soon.requeueAfterMs]).toEqual([undefined, EXIT_GRACE_MS]);
    expect(step({ ...view, now: view.now + EXIT_GRACE_MS + 1 }).remove).toBeDefined();
  });
});

describe('a trial whose Job is complete', () => {
  const done = { trial: under(), jobs: [finished('Complete')], pods: [exited(0)] };

  test('is completed at the maximum', () => {
    const next = step(aView({ ...done, news: news(...nine) }));
    expect([stateOf(next.status), next.status.reached, outcomes(next)]).toEqual(['Completed', 9, ['Succeeded']]);
  });

  test('is completed early when its code ended before the maximum', () => {
    const next = step(aView({ ...done, news: news(0.5, 0.4) }));
    expect([stateOf(next.status), messageOf(next)]).toEqual(['Completed', 'its code ended at epoch 2, before 9']);
  });

  test('says so with why its first report could not be used: code that counts from 0 never comes to the maximum', () => {
    const next = step(aView({ ...done, news: { ...news(0.5, 0.4), unusable: 'epoch 0: levels begin at 1' } }));
    expect(messageOf(next)).toBe(
      'its code ended at epoch 2, before 9; what was reported first could not be used: epoch 0: levels begin at 1',
    );
  });

  test('is paused at its rung where trials are promoted', () => {
    const next = step(aView({ ...done, study: promoting, trial: under({ until: 1 }), news: news(0.5) }));
    expect([stateOf(next.status), messageOf(next)]).toEqual(['Paused', 'waits at epoch 1 to be promoted']);
  });

  test('goes on at once when it was promoted meanwhile', () => {
    const next = step(aView({ ...done, study: promoting, trial: under({ until: 1 }, { until: 3 }), news: news(0.5) }));
    expect([stateOf(next.status), next.create?.metadata.name]).toEqual(['Queued', 'digits-0001-2']);
    expect(next.status.attempts?.at(-1)).toMatchObject({ until: 3, from: 1 });
  });

  test('is not judged before its log has been read to its end', () => {
    const next = step(aView({ ...done, news: { ...news(0.5), complete: false } }));
    expect([stateOf(next.status), outcomes(next), next.requeueAfterMs]).toEqual(['Running', [undefined], 15_000]);
  });

  test('is judged without the rest of a log that cannot be read for two minutes, where that is enough', () => {
    const view = aView({ ...done, news: { ...news(...nine), complete: false } });
    expect(stateOf(step({ ...view, now: view.now + 121_000 }).status)).toBe('Completed');
  });

  test('is stopped when that was decided before', () => {
    const trial = under({}, { stop: { reason: 'StoppedByScheduler', message: 'too bad' } });
    const next = step(aView({ ...done, trial, news: news(0.5, 0.4) }));
    expect([stateOf(next.status), messageOf(next)]).toEqual(['Stopped', 'too bad']);
  });
});

describe('a trial fails with', () => {
  const failed = (view: Partial<TrialView>) => {
    const { status } = step(aView({ trial: under(), jobs: [finished('Failed')], news: news(), ...view }));
    expect(stateOf(status)).toBe('Failed');
    return status.failure;
  };

  test('UserCode when its code exits with an error', () => {
    expect(failed({ pods: [exited(3)] })).toEqual({
      class: 'UserCode',
      exitCode: 3,
      message: 'container train exited with code 3; last lines of its log: a ⏎ last words',
    });
  });

  test('Infeasible when its code says so', () => {
    const picky = stored(aStudy({ failures: { infeasibleExitCodes: [65] } }));
    expect(failed({ study: picky, pods: [exited(65)] })).toMatchObject({ class: 'Infeasible', exitCode: 65 });
    expect(failed({ study: picky, pods: [exited(66)] })).toMatchObject({ class: 'UserCode', exitCode: 66 });
  });

  test('StartFailed when its init container failed', () => {
    const pod = aPod({ phase: 'Failed', state: { waiting: { reason: 'PodInitializing' } } });
    const terminated = { exitCode: 2, message: 'no such bucket' };
    const initContainerStatuses = [{ name: 'fetch', state: { terminated } }];
    expect(failed({ pods: [{ ...pod, status: { ...pod.status, initContainerStatuses } }] })).toEqual({
      class: 'StartFailed',
      message: 'container train never ran: init container fetch exited with code 2: no such bucket',
    });
  });

  test('OutOfMemory when it was killed for its memory', () => {
    expect(failed({ pods: [exited(137, 'OOMKilled')] })).toEqual({
      class: 'OutOfMemory',
      exitCode: 137,
      message:
        'container train ran out of memory: raise its limit or bound the parameters; last lines of its log: a ⏎ last words',
    });
  });

  test('StartFailed when its container never ran', () => {
    const state = { terminated: { exitCode: 128, reason: 'StartError', message: 'no such file: train.py' } };
    expect(failed({ pods: [aPod({ phase: 'Failed', state })] })).toEqual({
      class: 'StartFailed',
      message: 'container train never ran: no such file: train.py',
    });
  });

  test('DeadlineExceeded when its Job took too long', () => {
    expect(failed({ jobs: [finished('Failed', 'DeadlineExceeded')] })).toEqual({
      class: 'DeadlineExceeded',
      message: 'the Job ran longer than its activeDeadlineSeconds; last lines of its log: a ⏎ last words',
    });
  });

  test('DeadlineExceeded when its pod took too long', () => {
    const late = exited(137);
    const status = { ...late.status, reason: 'DeadlineExceeded' };
    expect(failed({ pods: [{ ...late, status }] })).toEqual({
      class: 'DeadlineExceeded',
      message: 'its pod ran longer than its activeDeadlineSeconds; last lines of its log: a ⏎ last words',
    });
  });

  test('UserCode when it was evicted for what it took itself, in the words of its node', () => {
    const evicted = exited(137);
    const status = { ...evicted.status, reason: 'Evicted', message: 'ephemeral storage exceeds the limit of 1Gi. ' };
    expect(failed({ pods: [{ ...evicted, status }] })).toMatchObject({
      class: 'UserCode',
      message:
        'container train exited with code 137; Evicted: ephemeral storage exceeds the limit of 1Gi.; last lines of its log: a ⏎ last words',
    });
  });

  test('NotFinite when its metric is no number', () => {
    expect(failed({ pods: [exited(1)], news: { ...news(0.5), diverged: { resource: 2, value: Number.NaN } } })).toEqual(
      {
        class: 'NotFinite',
        message: 'val_error was NaN at epoch 2: the training diverged; last lines of its log: a ⏎ last words',
      },
    );
  });

  test('NoMetricReported when its code ends without a report', () => {
    const silent = { ...news(), otherNames: ['step', 'loss'] };
    expect(failed({ jobs: [finished('Complete')], pods: [exited(0)], news: silent })).toEqual({
      class: 'NoMetricReported',
      message:
        'no report of val_error with epoch was found in its log; found there: step, loss; last lines of its log: a ⏎ last words',
    });
  });

  test('NoMetricReported that says why a report could not be used', () => {
    const unusable = { ...news(), unusable: 'epoch 0: levels begin at 1' };
    expect(failed({ jobs: [finished('Complete')], pods: [exited(0)], news: unusable })?.message).toContain(
      'was found in its log; what was reported first could not be used: epoch 0: levels begin at 1; last lines',
    );
  });

  test('NoMetricReported that says that lines were too long', () => {
    const silent = { ...news(), tail: [], dropped: 3 };
    expect(failed({ jobs: [finished('Complete')], pods: [exited(0)], news: silent })?.message).toContain(
      'its log is empty but 3 lines too long to read',
    );
  });

  test('Disruption when it was disrupted too often', () => {
    const attempts = Array.from({ length: MAX_ATTEMPTS }, (_, i) =>
      anAttempt({ job: `digits-0001-${i + 1}`, ...(i < MAX_ATTEMPTS - 1 && { outcome: 'Disrupted' as const }) }),
    );
    const trial = aTrial(1, {}, trialStatus('Running', { attempts }));
    const { status } = step(aView({ trial }));
    expect([stateOf(status), status.failure?.class]).toEqual(['Failed', 'Disruption']);
  });

  test('none as long as each attempt brings it further, however often it is disrupted', () => {
    const attempts = Array.from({ length: 11 }, (_, i) =>
      anAttempt({ job: `digits-0001-${i + 90}`, times: i === 0 ? 90 : 1, from: i, outcome: 'Disrupted' }),
    );
    const last = anAttempt({ job: 'digits-0001-101', from: 11 });
    const observations = curve(...Array.from({ length: 12 }, () => 0.5));
    const trial = aTrial(1, {}, trialStatus('Running', { attempts: [...attempts, last], observations }));
    const { status, create } = step(aView({ study: stored(aStudy({ resource: { max: 99 } })), trial }));
    expect([stateOf(status), create?.metadata.name, status.attempts?.[0]?.times]).toEqual([
      'Queued',
      'digits-0001-102',
      91,
    ]);
  });

  test('words that fit into its status, however much the code said', () => {
    const state = { terminated: { exitCode: 1, message: 'x'.repeat(4096), finishedAt: NOW } };
    const view = aView({
      trial: under(),
      jobs: [finished('Failed')],
      pods: [aPod({ phase: 'Failed', state })],
      news: news(),
    });
    const { status } = step(view);
    expect(validateShape(trialSchema, { ...view.trial, status })).toHaveProperty('object');
  });
});

describe('a trial begins another attempt after', () => {
  const again = (view: Partial<TrialView>) => {
    const next = step(aView({ trial: under(), news: news(0.5), ...view }));
    expect([stateOf(next.status), next.create?.metadata.name]).toEqual(['Queued', 'digits-0001-2']);
    expect(next.status.attempts?.at(-1)).toMatchObject({ job: 'digits-0001-2', from: 1 });
    return next.status.attempts?.[0]?.outcome;
  };

  test('its pod was deleted by somebody', () => {
    expect(again({ jobs: [finished('Failed')], pods: [] })).toBe('Disrupted');
  });

  test('its Job was deleted by somebody', () => expect(again({ jobs: [] })).toBe('Disrupted'));

  test('the Study was suspended and resumed', () => {
    const status = trialStatus('Queued', { attempts: [anAttempt({ outcome: 'Suspended' })], observations: curve(0.5) });
    const next = step(aView({ trial: aTrial(1, {}, status) }));
    expect([stateOf(next.status), next.create?.metadata.name]).toEqual(['Queued', 'digits-0001-2']);
  });

  test('its promotion', () => {
    const status = trialStatus('Paused', {
      attempts: [anAttempt({ until: 1, outcome: 'Succeeded' })],
      observations: curve(0.5),
    });
    const next = step(aView({ study: promoting, trial: aTrial(1, { until: 3 }, status) }));
    expect(next.create?.metadata.name).toBe('digits-0001-2');
    expect(next.status.attempts?.at(-1)).toMatchObject({ until: 3, from: 1 });
  });
});

test('code that ends by itself in the moment it is stopped, its log gone with its pod, was stopped', () => {
  const stop = { reason: 'StoppedByScheduler', message: 'too bad' };
  const view = { trial: under({}, { stop }), news: { ...news(0.5), complete: false }, jobs: [finished('Complete')] };
  expect(outcomes(step(aView(view)))).toEqual(['Stopped']);
});

describe('a Job that is gone', () => {
  const gone = (view: Partial<TrialView>) => step(aView({ trial: under(), news: news(0.5), ...view }));

  test('while its pod is still there is waited for', () => {
    const next = gone({ pods: [aPod()] });
    expect([stateOf(next.status), next.create, outcomes(next)]).toEqual(['Running', undefined, [undefined]]);
  });

  test('for a stop leaves a stopped trial', () => {
    const next = gone({ trial: under({}, { stop: { reason: 'StoppedByScheduler', message: 'too bad' } }) });
    expect([stateOf(next.status), messageOf(next), outcomes(next)]).toEqual(['Stopped', 'too bad', ['Stopped']]);
  });

  test('for a suspension leaves a trial that waits', () => {
    const next = gone({ study: { ...study, spec: { ...study.spec, suspend: true } } });
    expect([stateOf(next.status), next.create, outcomes(next)]).toEqual(['Queued', undefined, ['Suspended']]);
  });

  test('for a suspension was suspended, though the Study is resumed before its pod is gone', () => {
    const suspended = { ...study, spec: { ...study.spec, suspend: true } };
    const view = aView({ trial: under(), news: news(0.5), jobs: [aJob()], pods: [aPod()], study: suspended });
    const trial = { ...view.trial, status: step(view).status };
    const resumed = { ...view, study, trial };
    expect(messageOf(step(resumed))).toBe('Job digits-0001-1 is being deleted: the Study is suspended');
    expect(step(resumed).remove).toBeDefined();
    expect(outcomes(step({ ...resumed, jobs: [], pods: [] }))).toEqual(['Suspended', undefined]);
  });

  test('for an overrun leaves a completed trial, its curve cut at the end', () => {
    const next = gone({ news: news(...nine, 0.1) });
    expect([stateOf(next.status), next.status.reached, outcomes(next)]).toEqual(['Completed', 9, ['Overran']]);
  });

  test('for a divergence leaves a failed trial', () => {
    const next = gone({ news: { ...news(0.5), diverged: { resource: 2, value: Number.NaN } } });
    expect([stateOf(next.status), next.status.failure?.class]).toEqual(['Failed', 'NotFinite']);
  });
});

describe('a trial that has ended', () => {
  const over = aTrial(1, {}, trialStatus('Completed', { observations: curve(...nine) }));

  test('stays as it is', () => expect(step(aView({ trial: over }))).toEqual({ status: over.status }));

  test('loses a Job that runs on for it', () => {
    expect(step(aView({ trial: over, jobs: [aJob()] })).remove).toEqual(aJob());
  });

  test('loses a Job that a queue let go and that runs on, too', () => {
    const resumed = aJob({ conditions: [{ type: 'Suspended', status: 'False' }] });
    expect(step(aView({ trial: over, jobs: [resumed] })).remove).toEqual(resumed);
  });

  test('keeps a Job that has finished', () => {
    expect(step(aView({ trial: over, jobs: [finished('Complete')] })).remove).toBeUndefined();
  });
});

test('the pods of other Jobs are of no concern', () => {
  const next = step(aView({ trial: under(), jobs: [aJob()], pods: [aPod({ job: 'digits-0001-9' })] }));
  expect(stateOf(next.status)).toBe('Queued');
});

test('GPU seconds are those of attempts that have ended', () => {
  const times = { startTime: NOW, endTime: new Date(Date.parse(NOW) + 90_000).toISOString() };
  const attempts = [
    anAttempt({ ...times, gpus: 2, outcome: 'Disrupted', trained: 4 }),
    anAttempt({ job: 'digits-0001-2', gpus: 2 }),
  ];
  const trial = aTrial(1, {}, trialStatus('Running', { attempts }));
  expect(step(aView({ trial, jobs: [aJob({}, 'digits-0001-2')] })).status.usage).toEqual({
    resource: 4,
    gpuSeconds: 180,
  });
});

describe('a trial whose pod has its place but does not start', () => {
  const waiting = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } };
  const pod = aPod({ phase: 'Pending', state: waiting });
  const later = (minutes: number): number => Date.parse(NOW) + minutes * 60_000;
  const stuck = { trial: under(), jobs: [aJob()], pods: [pod] };

  test('is given ten minutes', () => {
    const next = step(aView({ ...stuck, now: later(4) }));
    expect([stateOf(next.status), next.remove, next.requeueAfterMs]).toEqual(['Queued', undefined, 6 * 60_000]);
  });

  test('then loses its Job, and why is kept', () => {
    const late = step(aView({ ...stuck, now: later(10) }));
    expect(late.remove).toBeDefined();
    const trial = { ...under(), status: late.status };
    const { status } = step(aView({ trial, now: later(11) }));
    expect([stateOf(status), status.failure]).toEqual([
      'Failed',
      {
        class: 'StartFailed',
        message: 'its pod did not start within 10m: container train waits: ImagePullBackOff: no such image',
      },
    ]);
  });

  test('is given as long as the Study says', () => {
    const patient = stored(aStudy({ failures: { startDeadline: '1h' } }));
    expect(step(aView({ ...stuck, study: patient, now: later(59) })).remove).toBeUndefined();
    const hasty = stored(aStudy({ failures: { startDeadline: '5s' } }));
    expect(step(aView({ ...stuck, study: hasty, now: later(0) })).requeueAfterMs).toBe(5_000);
  });
});

describe('a trial that failed is tried again', () => {
  const lenient = stored(aStudy({ failures: { retries: { userCode: 1 } } }));
  const crashed = { study: lenient, jobs: [finished('Failed')], news: news(0.5) };
  const tried = (...earlier: Partial<Attempt>[]): Trial =>
    aTrial(1, {}, trialStatus('Running', { attempts: [...earlier.map(anAttempt), anAttempt()] }));

  test('as often as its Study allows', () => {
    const next = step(aView({ ...crashed, trial: tried(), pods: [exited(3)] }));
    expect([stateOf(next.status), next.create?.metadata.name, next.status.failure]).toEqual([
      'Queued',
      'digits-0001-2',
      undefined,
    ]);
    expect(next.status.attempts?.map(({ failure }) => failure)).toEqual(['UserCode', undefined]);
    expect(messageOf(next)).toContain('since the last attempt failed (UserCode): container train exited with code 3');
  });

  test('and not more often', () => {
    const again = tried({ outcome: 'Failed', failure: 'UserCode' });
    expect(stateOf(step(aView({ ...crashed, trial: again, pods: [exited(3)] })).status)).toBe('Failed');
  });

  test('counting each class for itself', () => {
    const other = tried({ outcome: 'Failed', failure: 'StartFailed' });
    expect(stateOf(step(aView({ ...crashed, trial: other, pods: [exited(3)] })).status)).toBe('Queued');
  });

  test('but not for what its Study does not retry', () => {
    expect(stateOf(step(aView({ ...crashed, trial: tried(), pods: [exited(137, 'OOMKilled')] })).status)).toBe(
      'Failed',
    );
  });
});

describe('a trial whose code does not stop by itself', () => {
  const paused = { decisions: [{ seq: 2, kind: 'Pause', level: 1, at: NOW }] } as const;
  const soon = Date.parse(NOW) + 1_000;
  const view = (spec: Partial<TrialSpec> = {}, more: Partial<TrialView> = {}): TrialView =>
    aView({ study: signalling, trial: under({}, spec), jobs: [aJob()], pods: [aPod()], news: news(0.5, 0.4), ...more });

  test('is told to run to the maximum', () => {
    expect(step(aView({ study: signalling })).status.attempts).toEqual([anAttempt({ until: 9 })]);
  });

  test('runs on at its rung until it is judged', () => {
    const next = step(view({}, { now: soon }));
    expect([stateOf(next.status), next.remove, next.status.reached]).toEqual(['Running', undefined, 2]);
  });

  test('is given a moment to be promoted, and then loses its Job', () => {
    expect(step(view(paused))).toMatchObject({ requeueAfterMs: 1_000 });
    expect(step(view(paused, { now: soon })).remove).toBeDefined();
  });

  test('runs on when it was promoted at once', () => {
    const promoted = [...paused.decisions, { seq: 3, kind: 'Promote', level: 1, at: NOW }] as const;
    expect(step(view({ decisions: promoted, until: 3 }, { now: soon })).remove).toBeUndefined();
  });

  test('is paused once its pod is gone, with what it reported meanwhile', () => {
    const { status } = step(view(paused, { now: soon }));
    const next = step(aView({ study: signalling, trial: { ...under({}, paused), status }, now: soon }));
    expect([stateOf(next.status), outcomes(next), next.status.reached]).toEqual(['Paused', ['Paused'], 2]);
  });

  test('was not disrupted when it was promoted while its Job was being deleted', () => {
    const { status } = step(view(paused, { now: soon }));
    const promoted = [...paused.decisions, { seq: 3, kind: 'Promote', level: 1, at: NOW }] as const;
    const trial = { ...under({}, { decisions: promoted, until: 3 }), status };
    expect(step(view({}, { trial, now: soon })).remove).toBeDefined();
    const next = step(aView({ study: signalling, trial, now: soon }));
    expect([stateOf(next.status), next.create?.metadata.name, outcomes(next)]).toEqual([
      'Queued',
      'digits-0001-2',
      ['Paused', undefined],
    ]);
  });

  test('has ended early when its code ends by itself', () => {
    const done = { jobs: [finished('Complete')], pods: [exited(0)] };
    expect(messageOf(step(view({}, done)))).toBe('its code ended at epoch 2, before 9');
  });
});
