import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, NOW, stored } from '../../test/builders.ts';
import type { Condition, Job, Pod } from '../kube/kinds.ts';
import { gpusOf, trialJob } from './job.ts';
import { asJob, asJobPods } from './workload.ts';

const train = { name: 'train', image: 'train:1', resources: { limits: { 'nvidia.com/gpu': 2 } } };
const podTemplate = { spec: { containers: [train] } };
const replicatedJobs = [
  { name: 'node', replicas: 2, template: { spec: { parallelism: 3, completions: 3, template: podTemplate } } },
];
const trialTemplate = {
  apiVersion: 'jobset.x-k8s.io/v1alpha2',
  kind: 'JobSet',
  primaryContainer: 'train',
  success: { type: 'Completed' },
  failure: { type: 'Ready', status: 'False' },
  spec: { name: '$(attempt.name)', replicatedJobs },
};
const study = stored(aStudy({ trialTemplate, checkpoint: { claimName: 'c' } }));
const created = trialJob({ study, trial: aTrial(1), attempt: 2, until: 9 });

describe('an object of another kind', () => {
  test('is made as the template says, under the name of the attempt', () => {
    expect([created.apiVersion, created.kind, created.metadata.name]).toEqual([
      'jobset.x-k8s.io/v1alpha2',
      'JobSet',
      'digits-0001-2',
    ]);
    expect(created.spec).toMatchObject({ name: 'digits-0001-2' });
    // Nothing of a Job's own.
    expect(Object.keys(created.spec)).toEqual(['name', 'replicatedJobs']);
  });

  test('has its pods labelled and told what to do, however deep their template is', () => {
    const [node] = (created.spec as unknown as { replicatedJobs: typeof replicatedJobs }).replicatedJobs;
    expect(node?.template.spec.template).toMatchObject({
      metadata: { labels: { 'abohb.dev/trial': 'digits-0001', 'abohb.dev/attempt': 'digits-0001-2' } },
      spec: { containers: [{ name: 'train', volumeMounts: [{ name: 'abohb-checkpoint' }] }] },
    });
  });

  test('holds the GPUs of all its pods', () => {
    expect(gpusOf(created)).toBe(2 * 3 * 2);
  });

  test('keeps what only says how pods of another template differ as it is', () => {
    const overrides = [{ targetJobs: [{ name: 'node' }], spec: { containers: [{ name: 'train', volumeMounts: [] }] } }];
    const spec = { runtimeRef: { name: 'torch' }, podTemplateOverrides: overrides };
    const pods = { labels: { job: '$(attempt.name)' } };
    const own = stored(aStudy({ trialTemplate: { ...trialTemplate, pods, spec } }));
    expect(trialJob({ study: own, trial: aTrial(1), attempt: 1, until: 9 }).spec).toEqual(spec);
  });

  test.each<[string, Condition, readonly string[]]>([
    ['succeeds', { type: 'Completed', status: 'True' }, ['Complete']],
    ['has not succeeded yet', { type: 'Completed', status: 'False' }, []],
    ['fails', { type: 'Ready', status: 'False' }, ['Failed']],
    ['runs', { type: 'Ready', status: 'True' }, []],
    ['is suspended by a queue', { type: 'Suspended', status: 'True' }, ['Suspended']],
  ])('%s by its condition', (_, condition, expected) => {
    const object: Job = { ...created, status: { conditions: [{ ...condition, lastTransitionTime: NOW }] } };
    expect(asJob(object, study.spec).status?.conditions?.map(({ type }) => type)).toEqual(expected);
  });

  test.each([
    ['as a Job does', { suspend: true }, true],
    ['in its run policy', { runPolicy: { suspend: true } }, true],
    ['nowhere', { runPolicy: {} }, false],
  ])('says %s that it is suspended', (_, fields, expected) => {
    expect(asJob({ ...created, spec: { ...created.spec, ...fields } }, study.spec).spec.suspend).toBe(expected);
  });
});

describe('the pods of another kind', () => {
  const aPod = (labels: Readonly<Record<string, string>>): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels },
    spec: { containers: [] },
  });
  const of = { trial: 'digits-0001', attempt: 'digits-0001-2' };
  const pods = { labels: { set: '$(attempt.name)', role: 'leader' } };
  const choosy = stored(aStudy({ trialTemplate: { ...trialTemplate, pods } }));
  const read = (labels: Readonly<Record<string, string>>, spec = study.spec) =>
    asJobPods([aPod(labels)], spec, of).map(({ metadata }) => [
      metadata.ownerReferences?.[0]?.name,
      metadata.annotations?.['batch.kubernetes.io/job-completion-index'],
    ]);

  test('are told by our label', () => {
    expect(read({ 'abohb.dev/attempt': 'digits-0001-1' })).toEqual([['digits-0001-1', undefined]]);
    expect(read({ set: 'digits-0001-2' })).toEqual([]);
  });

  test('or by labels of the Study’s; others hold their place and do not report', () => {
    expect(read({ set: 'digits-0001-2', role: 'leader' }, choosy.spec)).toEqual([['digits-0001-2', undefined]]);
    expect(read({ 'abohb.dev/attempt': 'digits-0001-2' }, choosy.spec)).toEqual([['digits-0001-2', 'none']]);
    expect(read({ set: 'digits-0002-1', role: 'leader' }, choosy.spec)).toEqual([]);
  });

  test('are those of the attempt whose object made them, where their labels are the same for all', () => {
    const { spec } = stored(
      aStudy({ trialTemplate: { ...trialTemplate, pods: { labels: { set: '$(trial.name)' } } } }),
    );
    const { apiVersion, kind } = trialTemplate;
    const pod = aPod({ set: 'digits-0001' });
    const ownerReferences = [{ apiVersion, kind, name: 'digits-0001-1', uid: 'uid' }];
    const owners = [pod, { ...pod, metadata: { ...pod.metadata, ownerReferences } }].map(
      (one) => asJobPods([one], spec, of)[0]?.metadata.ownerReferences?.[0]?.name,
    );
    expect(owners).toEqual(['digits-0001-2', 'digits-0001-1']);
  });
});
