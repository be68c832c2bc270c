/** Trials that are objects of a kind of the test's own, and Indexed Jobs, with the operator as its own process. */
import { beforeAll, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import type { Kind, KubeObject } from '../../operator/kube/cluster.ts';
import { type JobSpec, POD } from '../../operator/kube/kinds.ts';
import { definitionOf } from './harness/definitions.ts';
import { aStudy, type Manifest } from './harness/manifest.ts';
import { lasting, printing } from './harness/pod-script.ts';
import type { Json } from './harness/rest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const report = (epoch: number): string => `{"epoch": ${epoch}, "val_error": ${1 / epoch}}`;
const GROUP = 'train.test.abohb.dev';

/** What trials are; its `spec` is free. */
interface Gang extends KubeObject {
  readonly spec: { readonly workers: { readonly replicas: number; readonly template: JobSpec['template'] } };
}

const kindOf = (kind: string, plural: string): Kind<Gang> => ({ group: GROUP, version: 'v1', kind, plural });
const GANG = kindOf('Gang', 'gangs');
const LATE = kindOf('Late', 'lates');
const SECLUDED = kindOf('Secluded', 'secludeds');

/** One trial, to level 2, on two nodes or three. */
function onNodes(name: string, trialTemplate: object): Manifest {
  const parameters = [{ name: 'nodes', int: { min: 2, max: 3 } }];
  return aStudy(name, { resource: { max: 2 }, parameters, trialTemplate });
}

const container = { name: 'train', image: 'train:1', args: ['--nodes=$(parameters.nodes)'] };
const gang = ({ kind }: Kind, more: Json = {}): object => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  primaryContainer: 'train',
  success: { type: 'Done' },
  failure: { type: 'Broken' },
  spec: { workers: { replicas: '$(parameters.nodes)', template: { spec: { containers: [container] } } } },
  ...more,
});

describeOnCluster('a Study whose trials are not plain Jobs', 'nodes', (plane) => {
  const team = teamOn(plane, 'workloads');
  beforeAll(() => team.apply(definitionOf(GANG, { status: {} })));
  serve(plane, {
    teams: [team],
    values: { workloads: [GANG, LATE].map(({ group, plural }) => ({ apiGroup: group, resource: plural })) },
    script: ({ metadata }) => {
      const index = metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
      if (index !== undefined && index !== '0') return printing(['{"epoch": 1, "val_error": 99}']);
      return metadata.name.startsWith('stopped') ? lasting(report(1)) : printing([report(1), report(2)]);
    },
  });

  const created = (name: string): Promise<Gang> => until(`${name} is created`, () => team.get(GANG, name), 60_000);
  /** Plays the controller of the kind: the object's only pod, with these labels. */
  const startPod = async ({ apiVersion, kind, metadata, spec }: Gang, labels: object): Promise<void> => {
    const { name, uid } = metadata;
    const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
    await team.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-0`, labels, ownerReferences },
      spec: { ...spec.workers.template.spec, restartPolicy: 'Never' },
    });
  };
  const conclude = (name: string, type: string, message = ''): Promise<string> => {
    const at = new Date().toISOString();
    const status = { conditions: [{ type, status: 'True', reason: 'Played', message, lastTransitionTime: at }] };
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    return team.kubectl(['patch', 'gangs', name, ...patch]);
  };

  test('it is created with its references replaced and its pods labelled, and its condition ends the trial', async () => {
    await team.apply(onNodes('good', gang(GANG)));
    const object = await created('good-0001-1');
    const { replicas, template } = object.spec.workers;
    expect(template.spec.containers[0]?.args).toEqual([`--nodes=${replicas}`]);
    expect(template.spec.containers[0]?.env).toContainEqual({ name: 'ABOHB_TRIAL', value: 'good-0001' });
    await startPod(object, template.metadata?.labels ?? {});
    await team.reaches('good', 2);
    await conclude('good-0001-1', 'Done');
    const trial = await team.firstTrial('good', 'Completed');
    expect(trial.status?.attempts).toMatchObject([{ job: 'good-0001-1', outcome: 'Succeeded', trained: 2 }]);
  });

  test('its pods may be found by labels that its own controller gives them', async () => {
    const pods = { labels: { 'gang-name': '$(attempt.name)', role: 'leader' } };
    await team.apply(onNodes('labelled', gang(GANG, { pods })));
    await startPod(await created('labelled-0001-1'), { 'gang-name': 'labelled-0001-1', role: 'leader' });
    await team.reaches('labelled', 2);
    await conclude('labelled-0001-1', 'Done');
    await team.firstTrial('labelled', 'Completed');
  });

  test('its failure is told in the words of its condition where no pod says more', async () => {
    await team.apply(onNodes('bad', gang(GANG)));
    await created('bad-0001-1');
    await conclude('bad-0001-1', 'Broken', 'no quorum');
    const trial = await team.firstTrial('bad', 'Failed');
    expect(trial.status?.failure).toMatchObject({ class: 'UserCode' });
    expect(trial.status?.failure?.message).toContain('Gang bad-0001-1 failed: no quorum');
  });

  test('it is deleted when the Study is suspended', async () => {
    await team.apply(onNodes('stopped', gang(GANG)));
    await created('stopped-0001-1');
    await team.patch(STUDY, 'stopped', { spec: { suspend: true } });
    await until('it is gone', async () => (await team.list(GANG, 'stopped')).length === 0);
    expect((await team.firstTrial('stopped', 'Queued')).status?.attempts).toMatchObject([{ outcome: 'Suspended' }]);
  });

  test('a kind that does not exist refuses the Study, until it is there', async () => {
    await team.apply(onNodes('late', gang(LATE)));
    const { message } = await team.has(STUDY, 'late', { type: 'Ready', reason: 'UnknownKind' });
    expect(message).toBe(
      `the cluster has no Late in ${GROUP}/v1: correct spec.trialTemplate or install its definition`,
    );
    await team.apply(definitionOf(LATE));
    await team.has(STUDY, 'late', { type: 'Ready', reason: 'Accepted' });
    await until('a trial begins', () => team.get(LATE, 'late-0001-1'), 60_000);
  });

  test('a kind the operator may not create refuses the Study, with what to do', async () => {
    await team.apply(definitionOf(SECLUDED));
    await team.apply(onNodes('forbidden', gang(SECLUDED)));
    const { message } = await team.has(STUDY, 'forbidden', { type: 'Ready', reason: 'InvalidTemplate' });
    expect(message).toMatch(
      /cannot create resource "secludeds".*to allow it, add \{apiGroup: .*, resource: secludeds\} to workloads of the chart$/,
    );
  });

  test('an Indexed Job has as many pods as its configuration says, and index 0 reports', async () => {
    const nodes = '$(parameters.nodes)';
    const spec = {
      completionMode: 'Indexed',
      completions: nodes,
      parallelism: nodes,
      template: { spec: { containers: [container] } },
    };
    await team.apply(onNodes('indexed', { spec }));
    const trial = await team.firstTrial('indexed', 'Completed');
    expect(trial.status?.observations?.map(({ resource, value }) => [resource, value])).toEqual([
      [1, 1],
      [2, 0.5],
    ]);
    expect(await team.list(POD, 'indexed')).toHaveLength(Number(trial.spec.parameters['nodes']));
  });
});
