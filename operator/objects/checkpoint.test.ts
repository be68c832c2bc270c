import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, stored } from '../../test/builders.ts';
import { checkpointClaim, checkpointFolder, claimName, cleaningJob } from './checkpoint.ts';

const container = { name: 'train', image: 'train:1' };
const withPod = (pod: object, own: object = {}) =>
  stored(
    aStudy({
      checkpoint: { claimName: 'shared' },
      trialTemplate: { spec: { template: { spec: { containers: [{ ...container, ...own }], ...pod } } } },
    }),
  );
const podOf = (pod: object, own?: object) =>
  cleaningJob(withPod(pod, own), [aTrial(1), aTrial(2)], 'abohb:1').spec.template.spec;

describe('the claim of a Study', () => {
  const spec = { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } };
  const study = (retain: string) => stored(aStudy({ checkpoint: { claimTemplate: { spec }, retain } }));

  test('is the one it names', () => {
    expect([claimName(withPod({})), checkpointClaim(withPod({}))]).toEqual(['shared', undefined]);
  });

  test('is made from its template, under its name, and stays when the Study goes', () => {
    expect(checkpointClaim(study('Best'))).toEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'digits-checkpoints', namespace: 'default', labels: { 'abohb.dev/study': 'digits' } },
      spec,
    });
  });

  test('goes with the Study where nothing is to be kept', () => {
    expect(checkpointClaim(study('None'))?.metadata.ownerReferences).toMatchObject([{ kind: 'Study', name: 'digits' }]);
  });
});

test('trials of the same name but of different Studies have different folders', () => {
  const trial = aTrial(1);
  const other = { ...trial, metadata: { ...trial.metadata, uid: '1a2b3c4d-0000' } };
  expect([checkpointFolder(trial), checkpointFolder(other)]).toEqual(['digits-0001-uid-of-d', 'digits-0001-1a2b3c4d']);
});

describe('the Job that removes folders', () => {
  test('names them, and their trials', () => {
    const job = cleaningJob(withPod({}), [aTrial(1), aTrial(2)], 'abohb:1');
    expect(job.metadata).toMatchObject({
      name: 'digits-clean',
      annotations: { 'abohb.dev/trials': 'digits-0001,digits-0002' },
      ownerReferences: [{ kind: 'Study', name: 'digits' }],
    });
    expect(podOf({}).containers[0]?.command).toEqual([
      'node',
      'dist/operator/clean.js',
      '/checkpoints',
      'digits-0001-uid-of-d',
      'digits-0002-uid-of-d',
    ]);
  });

  test('runs where training pods may run, as who they run', () => {
    const pod = { tolerations: [{ key: 'gpu' }], securityContext: { runAsUser: 1000, fsGroup: 1000 } };
    expect(podOf(pod)).toMatchObject(pod);
    expect(podOf(pod).containers[0]?.['securityContext']).toEqual({});
    expect(podOf({}, { securityContext: { runAsNonRoot: true } }).containers[0]?.['securityContext']).toEqual({
      runAsNonRoot: true,
    });
  });

  test('runs as root where nobody says as whom pods run', () => {
    expect(podOf({}).containers[0]?.['securityContext']).toEqual({ runAsUser: 0 });
  });

  test('takes over nothing of a trial’s own: it belongs to none', () => {
    const labels = { team: 'a', trial: '$(trial.name)', 'kueue.x-k8s.io/queue-name': 'team-a' };
    const pod = { nodeSelector: { gpu: '$(parameters.gpu)' }, tolerations: [{ key: 'gpu' }] };
    const parameters = [{ name: 'gpu', categorical: { values: ['a100', 'h100'] } }];
    const spec = { template: { spec: { containers: [container], ...pod } } };
    const trialTemplate = { metadata: { labels }, spec };
    const study = stored(aStudy({ parameters, checkpoint: { claimName: 'shared' }, trialTemplate }));
    const job = cleaningJob(study, [aTrial(1)], 'abohb:1');
    expect(job.metadata.labels).toEqual({
      team: 'a',
      'kueue.x-k8s.io/queue-name': 'team-a',
      'abohb.dev/study': 'digits',
    });
    expect(job.spec.template.spec['nodeSelector']).toBeUndefined();
    expect(job.spec.template.spec['tolerations']).toEqual([{ key: 'gpu' }]);
  });

  test.each([
    ['the one with the primary container', [{ runAsUser: 1 }, { runAsUser: 2 }], { runAsUser: 2 }],
    ['none where the kind makes its pods itself', [], undefined],
  ])('runs as the pod of another kind: %s', (_, contexts, expected) => {
    const jobs = contexts.map((securityContext, i) => {
      const containers = [{ ...container, name: `train-${i}` }];
      return { template: { spec: { template: { spec: { containers, securityContext } } } } };
    });
    const ending = { success: { type: 'Completed' }, failure: { type: 'Failed' } };
    const kind = { apiVersion: 'jobset.x-k8s.io/v1alpha2', kind: 'JobSet', primaryContainer: 'train-1', ...ending };
    const pods = { labels: { job: '$(attempt.name)' } };
    const trialTemplate = { ...kind, pods, spec: { replicatedJobs: jobs, subPath: '$(checkpoint.folder)' } };
    const study = stored(aStudy({ checkpoint: { claimName: 'shared' }, trialTemplate }));
    const job = cleaningJob(study, [aTrial(1)], 'abohb:1');
    expect(job.spec.template.spec['securityContext']).toEqual(expected);
    expect(job.spec.template.spec.containers).toHaveLength(1);
  });
});
