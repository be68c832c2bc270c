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
});
