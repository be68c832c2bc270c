/** Trials that are objects of a kind of the test's own, and Indexed Jobs, with the operator as its own process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Condition, Pod } from '../../operator/kube/kinds.ts';
import { stateOf } from '../../operator/observe.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { lasting, type PodScript, printing } from './harness/pod-script.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const report = (epoch: number): string => `{"epoch": ${epoch}, "val_error": ${1 / epoch}}`;
const GROUP = 'train.test.abohb.dev';

const definition = (kind: string, plural: string): string =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });

function aStudy(name: string, trialTemplate: object, spec: object = {}): string {
  return JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 2 },
      parameters: [{ name: 'nodes', int: { min: 2, max: 3 } }],
      algorithm: { randomSearch: {} },
      limits: { maxTrials: 1 },
      trialTemplate,
      ...spec,
    },
  });
}

const container = { name: 'train', image: 'train:1', args: ['--nodes=$(parameters.nodes)'] };
const gang = (kind: string, more: object = {}): object => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  primaryContainer: 'train',
  success: { type: 'Done' },
  failure: { type: 'Broken' },
  spec: { workers: { replicas: '$(parameters.nodes)', template: { spec: { containers: [container] } } } },
  ...more,
});

describeOnCluster('a Study whose trials are not plain Jobs', 'nodes', (plane) => {
  let namespace: string;
  let operator: OperatorProcess;
  let kubelets: Kubelets;
  let kubectl: Program;
  beforeAll(async () => {
    namespace = await plane().namespace('workloads');
    ({ kubectl } = await programsFor(plane().kubeconfig));
    await kubectl(['apply', '-f', '-'], definition('Gang', 'gangs'));
    const workloads = [
      { apiGroup: GROUP, resource: 'gangs' },
      { apiGroup: GROUP, resource: 'lates' },
    ];
    operator = startOperatorProcess({
      ...(await installChart(plane(), [namespace], { workloads })),
      namespaces: [namespace],
    });
    const script = ({ metadata }: Pod): PodScript => {
      const index = metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
      if (index !== undefined && index !== '0') return printing(['{"epoch": 1, "val_error": 99}']);
      return metadata.name.startsWith('stopped') ? lasting(report(1)) : printing([report(1), report(2)]);
    };
    kubelets = await startKubelets({ kubeconfig: plane().kubeconfig, nodes: [{ name: 'workloads' }], script });
  });
  afterAll(async () => {
    await operator.stop();
    await kubelets.stop();
  });

  const get = async <T>(...what: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl(['get', ...what, '-n', namespace, '-o', 'json'])) as T;
  const apply = (text: string): Promise<string> => kubectl(['apply', '-n', namespace, '-f', '-'], text);
  const trialOf = async (study: string): Promise<Trial> => get<Trial>('trial', `${study}-0001`);
  const becomes = (study: string, state: string): Promise<Trial> =>
    until(
      `${study} is ${state}`,
      async () => {
        const trial = await trialOf(study);
        return stateOf(trial.status) === state ? trial : undefined;
      },
      60_000,
    );
  const readyIs = (study: string, reason: string): Promise<Condition> =>
    until(
      `${study} has Ready with ${reason}`,
      async () => {
        const ready = condition((await get<Study>('study', study)).status?.conditions, 'Ready');
        return ready?.reason === reason ? ready : undefined;
      },
      90_000,
    );
  /** Plays the controller of the kind: the object's only pod. */
  const startPod = async (name: string, labels: object): Promise<void> => {
    const owner = await get<{ metadata: { uid: string }; spec: { workers: { template: { spec: object } } } }>(
      'gangs',
      name,
    );
    const ownerReferences = [
      { apiVersion: `${GROUP}/v1`, kind: 'Gang', name, uid: owner.metadata.uid, controller: true },
    ];
    const { spec } = owner.spec.workers.template;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${name}-0`, labels, ownerReferences }, spec };
    await kubectl(
      ['create', '-n', namespace, '-f', '-'],
      JSON.stringify({ ...pod, spec: { ...spec, restartPolicy: 'Never' } }),
    );
  };
  const conclude = (name: string, type: string, message = ''): Promise<string> => {
    const at = new Date().toISOString();
    const status = { conditions: [{ type, status: 'True', reason: 'Played', message, lastTransitionTime: at }] };
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    return kubectl(['patch', 'gangs', name, '-n', namespace, ...patch]);
  };
  const created = (name: string): Promise<Record<string, never>> =>
    until(`${name} is created`, () => get<Record<string, never>>('gangs', name), 60_000);

  test('it is created with its references replaced and its pods labelled, and its condition ends the trial', async () => {
    await apply(aStudy('good', gang('Gang')));
    const object = (await created('good-0001-1')) as unknown as {
      spec: { workers: { replicas: number; template: Pod & { metadata: { labels: Record<string, string> } } } };
    };
    const { replicas, template } = object.spec.workers;
    expect(template.spec.containers[0]?.args).toEqual([`--nodes=${replicas}`]);
    expect(template.spec.containers[0]?.env).toContainEqual({ name: 'ABOHB_TRIAL', value: 'good-0001' });
    await startPod('good-0001-1', template.metadata.labels);
    await until('both reports are in', async () => (await trialOf('good')).status?.reached === 2);
    await conclude('good-0001-1', 'Done');
    const trial = await becomes('good', 'Completed');
    expect(trial.status?.attempts).toMatchObject([{ job: 'good-0001-1', outcome: 'Succeeded', trained: 2 }]);
  });

  test('its pods may be found by labels that its own controller gives them', async () => {
    const pods = { labels: { 'gang-name': '$(attempt.name)', role: 'leader' } };
    await apply(aStudy('labelled', gang('Gang', { pods })));
    await created('labelled-0001-1');
    await startPod('labelled-0001-1', { 'gang-name': 'labelled-0001-1', role: 'leader' });
    await until('both reports are in', async () => (await trialOf('labelled')).status?.reached === 2);
    await conclude('labelled-0001-1', 'Done');
    await becomes('labelled', 'Completed');
  });

  test('its failure is told in the words of its condition where no pod says more', async () => {
    await apply(aStudy('bad', gang('Gang')));
    await created('bad-0001-1');
    await conclude('bad-0001-1', 'Broken', 'no quorum');
    const trial = await becomes('bad', 'Failed');
    expect(trial.status?.failure).toMatchObject({ class: 'UserCode' });
    expect(trial.status?.failure?.message).toContain('Gang bad-0001-1 failed: no quorum');
  });

  test('it is deleted when the Study is suspended', async () => {
    await apply(aStudy('stopped', gang('Gang')));
    await created('stopped-0001-1');
    await kubectl(['patch', 'study', 'stopped', '-n', namespace, '--type=merge', '-p', '{"spec":{"suspend":true}}']);
    await until(
      'it is gone',
      async () => (await get<{ items: object[] }>('gangs', '-l', 'abohb.dev/study=stopped')).items.length === 0,
    );
    expect((await becomes('stopped', 'Queued')).status?.attempts).toMatchObject([{ outcome: 'Suspended' }]);
  });

  test('a kind that does not exist refuses the Study, until it is there', async () => {
    await apply(aStudy('late', gang('Late')));
    const ready = await readyIs('late', 'UnknownKind');
    expect(ready.message).toBe(
      `the cluster has no Late in ${GROUP}/v1: correct spec.trialTemplate or install its definition`,
    );
    await kubectl(['apply', '-f', '-'], definition('Late', 'lates'));
    await readyIs('late', 'Accepted');
    await until('a trial begins', () => get('lates', 'late-0001-1'), 60_000);
  });

  test('a kind the operator may not create refuses the Study, with what to do', async () => {
    await kubectl(['apply', '-f', '-'], definition('Secluded', 'secludeds'));
    await apply(aStudy('forbidden', gang('Secluded')));
    const ready = await readyIs('forbidden', 'InvalidTemplate');
    expect(ready.message).toMatch(
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
    await apply(aStudy('indexed', { spec }));
    const trial = await becomes('indexed', 'Completed');
    expect(trial.status?.observations?.map(({ resource, value }) => [resource, value])).toEqual([
      [1, 1],
      [2, 0.5],
    ]);
    const pods = await get<{ items: readonly Pod[] }>('pods', '-l', 'abohb.dev/trial=indexed-0001');
    expect(pods.items).toHaveLength(Number(trial.spec.parameters['nodes']));
  });
});
