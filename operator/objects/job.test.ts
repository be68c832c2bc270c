import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, stored } from '../../test/builders.ts';
import type { TrialSpec } from '../api/trial.ts';
import type { Container, EnvVar, Job, JobSpec } from '../kube/kinds.ts';
import { primaryContainer, trialJob } from './job.ts';

interface Wanted {
  readonly containers?: readonly Partial<Container>[];
  readonly pod?: object;
  readonly job?: Partial<JobSpec>;
  readonly template?: object;
  readonly study?: object;
  readonly trial?: Partial<TrialSpec>;
}

const train = { name: 'train', image: 'train:1' };

function studyWith({ containers = [train], pod, job, template, study }: Wanted) {
  const spec = { template: { spec: { containers, ...pod } }, ...job };
  return stored(aStudy({ trialTemplate: { spec, ...template }, ...study }));
}

function aJob(wanted: Wanted = {}): Job {
  return trialJob({ study: studyWith(wanted), trial: aTrial(1, wanted.trial), attempt: 2, until: 3 });
}

const podSpec = (job: Job) => job.spec.template.spec;
const env = (job: Job, container = 0): Readonly<Record<string, EnvVar['value']>> =>
  Object.fromEntries((podSpec(job).containers[container]?.env ?? []).map(({ name, value }) => [name, value]));

test('a Job is named after its trial and attempt, labelled, and owned by the trial', () => {
  expect(aJob().metadata).toEqual({
    name: 'digits-0001-2',
    namespace: 'default',
    labels: {
      'abohb.dev/study': 'digits',
      'abohb.dev/trial': 'digits-0001',
      'abohb.dev/trial-uid': 'uid-of-digits-0001',
    },
    ownerReferences: [
      {
        apiVersion: 'abohb.dev/v1alpha1',
        kind: 'Trial',
        name: 'digits-0001',
        uid: 'uid-of-digits-0001',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  });
});

test('a Job that has finished stays long enough to be read', () => {
  expect(aJob({ job: { ttlSecondsAfterFinished: 0 } }).spec.ttlSecondsAfterFinished).toBe(300);
  expect(aJob({ job: { ttlSecondsAfterFinished: 3600 } }).spec.ttlSecondsAfterFinished).toBe(3600);
});

test('a Job fails at once with an exit code that stands for an infeasible configuration', () => {
  const job = aJob({ study: { failures: { infeasibleExitCodes: [65, 66] } } });
  expect(job.spec.podFailurePolicy).toEqual({
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { containerName: 'train', operator: 'In', values: [65, 66] } },
    ],
  });
});

test('a Job is never repeated by Kubernetes: failures, disruptions and replacements are the operator’s to see', () => {
  const { template, ...spec } = aJob().spec;
  expect(spec).toEqual({
    backoffLimit: 0,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
  });
  expect(template.spec.restartPolicy).toBe('Never');
});

describe('the template', () => {
  test('gives the Job its own labels, annotations and fields', () => {
    const job = aJob({
      job: { activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 900 },
      template: { metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'a' }, annotations: { n: '$(trial.name)' } } },
    });
    expect(job.spec).toMatchObject({ activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 900, backoffLimit: 0 });
    expect(job.metadata.labels).toMatchObject({ 'kueue.x-k8s.io/queue-name': 'a', 'abohb.dev/study': 'digits' });
    expect(job.metadata.annotations).toEqual({ n: 'digits-0001' });
  });

  test('cannot take our labels away', () => {
    const job = aJob({ template: { metadata: { labels: { 'abohb.dev/study': 'mine' } } } });
    expect(job.metadata.labels?.['abohb.dev/study']).toBe('digits');
    expect(job.spec.template.metadata?.labels).toEqual(job.metadata.labels);
  });

  test('may bring a pod failure policy of its own', () => {
    const podFailurePolicy = { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] };
    expect(aJob({ job: { podFailurePolicy } }).spec.podFailurePolicy).toEqual(podFailurePolicy);
  });

  test('has its references replaced, each with the type of its value', () => {
    const args = ['--lr=$(parameters.lr)', '$(resource.until)/$(resource.max)', '$(trial.name)'];
    const job = aJob({
      containers: [{ ...train, args }],
      job: { completionMode: 'Indexed', parallelism: '$(resource.until)' as never },
    });
    expect(podSpec(job).containers[0]?.args).toEqual(['--lr=0.01', '3/9', 'digits-0001']);
    expect(job.spec.parallelism).toBe(3);
  });

  test.each(['sgd', 'constructor'])('has an empty text for the inactive parameter %s', (name) => {
    const study = {
      parameters: [
        { name: 'op', categorical: { values: ['a', 'b'] } },
        { name, float: { min: 0, max: 1 }, activeWhen: { parameter: 'op', in: ['a'] } },
      ],
    };
    const args = [`--x=$(parameters.${name})`];
    const job = aJob({ study, trial: { parameters: { op: 'b' } }, containers: [{ ...train, args }] });
    expect(podSpec(job).containers[0]?.args).toEqual(['--x=']);
  });
});

describe('the environment', () => {
  test('tells every container what it is to do', () => {
    const job = aJob({ containers: [train, { name: 'proxy' }], template: { primaryContainer: 'train' } });
    const told = {
      ABOHB_STUDY: 'digits',
      ABOHB_TRIAL: 'digits-0001',
      ABOHB_PARAMETERS: '{"lr":0.01}',
      ABOHB_UNTIL: '3',
      ABOHB_MAX_RESOURCE: '9',
    };
    expect([env(job, 0), env(job, 1)]).toEqual([told, told]);
  });

  test('of the user wins', () => {
    const own = [
      { name: 'ABOHB_UNTIL', value: '1' },
      { name: 'HOME', value: '/h' },
    ];
    expect(env(aJob({ containers: [{ ...train, env: own }] }))).toMatchObject({ ABOHB_UNTIL: '1', HOME: '/h' });
  });
});

describe('a checkpoint', () => {
  const study = { checkpoint: { claimName: 'claim', mountPath: '/ckpt' } };
  const two = { containers: [train, { name: 'proxy' }], template: { primaryContainer: 'train' }, study };

  test('is mounted into the primary container, each trial in its own folder', () => {
    const { containers, volumes } = podSpec(aJob(two));
    expect(volumes).toEqual([{ name: 'abohb-checkpoint', persistentVolumeClaim: { claimName: 'claim' } }]);
    expect(containers.map(({ volumeMounts }) => volumeMounts)).toEqual([
      [{ name: 'abohb-checkpoint', mountPath: '/ckpt', subPath: 'digits-0001-uid-of-d' }],
      undefined,
    ]);
  });

  test('comes beside the volumes that are there', () => {
    const data = { name: 'data', emptyDir: {} };
    const mount = { name: 'data', mountPath: '/data' };
    const job = aJob({ study, pod: { volumes: [data] }, containers: [{ ...train, volumeMounts: [mount] }] });
    expect(podSpec(job)['volumes']).toEqual([data, expect.objectContaining({ name: 'abohb-checkpoint' })]);
    expect(podSpec(job).containers[0]?.['volumeMounts']).toEqual([
      mount,
      expect.objectContaining({ mountPath: '/ckpt' }),
    ]);
  });

  test('is told in the environment and by reference', () => {
    const args = ['$(checkpoint.path)', '$(checkpoint.claim)/$(checkpoint.folder)'];
    const job = aJob({ study, containers: [{ ...train, args }] });
    expect(env(job)['ABOHB_CHECKPOINT_DIR']).toBe('/ckpt');
    expect(podSpec(job).containers[0]?.args).toEqual(['/ckpt', 'claim/digits-0001-uid-of-d']);
  });
});

test('the primary container is the one named, else the only one', () => {
  const two = { containers: [train, { name: 'proxy' }], template: { primaryContainer: 'proxy' } };
  expect([primaryContainer(studyWith({}).spec), primaryContainer(studyWith(two).spec)]).toEqual(['train', 'proxy']);
});
