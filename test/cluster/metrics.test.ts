/** Reports from elsewhere than a quiet log, on a real API server, with the operator as its own process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import { deferred } from '../../operator/runtime/deferred.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { type PodScript, printing, running } from './harness/pod-script.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const report = (epoch: number): string => `{"epoch": ${epoch}, "val_error": ${1 / epoch}, "loss": ${2 / epoch}}`;

/** Opened by the test when something has been seen. */
const seen = deferred<void>();
const annotated = deferred<void>();

/** By the name of the Study. */
const SCRIPTS: Readonly<Record<string, PodScript>> = {
  file: running(async ({ print, log }) => {
    print('training says nothing of use');
    for (const epoch of [1, 2, 3]) log('abohb-metrics').print(report(epoch));
    return 0;
  }),
  crashing: running(async ({ print, log }) => {
    log('abohb-metrics').print(report(1));
    print('Traceback: out of ideas');
    return 1;
  }),
  rotated: running(async ({ print, log }) => {
    print(report(1));
    await seen.promise;
    log('train').rotate();
    log('train').sever();
    for (const epoch of [2, 3]) print(report(epoch));
    return 0;
  }),
  annotation: running(async () => {
    await annotated.promise;
    return 0;
  }),
};

function aStudy(name: string, metrics: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 3 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      algorithm: { randomSearch: {} },
      limits: { maxTrials: 1 },
      metrics: { ...metrics, additional: ['loss'] },
      trialTemplate: { spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } } },
    },
  });
}

describeOnCluster('the metrics of a trial', 'nodes', (plane) => {
  let namespace: string;
  let operator: OperatorProcess;
  let kubelets: Kubelets;
  let kubectl: Program;
  beforeAll(async () => {
    namespace = await plane().namespace('metrics');
    ({ kubectl } = await programsFor(plane().kubeconfig));
    const installed = await installChart(plane(), [namespace]);
    operator = startOperatorProcess({ ...installed, namespaces: [namespace] });
    const script = (pod: Pod): PodScript => SCRIPTS[pod.metadata.labels?.['abohb.dev/study'] ?? ''] ?? printing([]);
    kubelets = await startKubelets({ kubeconfig: plane().kubeconfig, nodes: [{ name: 'metrics' }], script });
  });
  afterAll(async () => {
    await operator.stop();
    await kubelets.stop();
  });

  const apply = (study: string): Promise<string> => kubectl(['apply', '-n', namespace, '-f', '-'], study);
  const get = async <T>(what: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl(['get', ...what, '-n', namespace, '-o', 'json'])) as T;
  const trialOf = (name: string): Promise<Trial> => get<Trial>(['trial', `${name}-0001`]);
  const ended = (name: string): Promise<Study> =>
    until(
      `${name} has ended`,
      async () => {
        const study = await get<Study>(['study', name]);
        const succeeded = condition(study.status?.conditions, 'Succeeded');
        return succeeded && succeeded.status !== 'Unknown' ? study : undefined;
      },
      60_000,
    );
  const levels = ({ status }: Trial): unknown => status?.observations?.map(({ resource, value }) => [resource, value]);
  const CURVE = [1, 2, 3].map((epoch) => [epoch, 1 / epoch]);

  test('in a file: the API server takes the sidecar, and its log is read', async () => {
    await apply(aStudy('file', { file: { path: '/metrics/train.jsonl' } }));
    const study = await ended('file');
    expect(levels(await trialOf('file'))).toEqual(CURVE);
    expect(study.status?.best).toMatchObject({ value: 1 / 3, resource: 3, additional: { loss: 2 / 3 } });
    const { items } = await get<{ items: readonly Pod[] }>(['pods', '-l', 'abohb.dev/study=file']);
    expect(items[0]?.spec.initContainers).toMatchObject([{ name: 'abohb-metrics', restartPolicy: 'Always' }]);
  });

  test('in a file, of code that fails: its last words are those of the code', async () => {
    await apply(aStudy('crashing', { file: { path: '/metrics/train.jsonl' } }));
    await ended('crashing');
    expect((await trialOf('crashing')).status?.failure?.message).toContain('last lines of its log: Traceback');
  });

  test('in a log that is rotated while nobody reads it: what was read before is on record', async () => {
    await apply(aStudy('rotated', { log: {} }));
    await until('the first report is on record', async () => (await trialOf('rotated')).status?.reached === 1, 60_000);
    seen.resolve();
    await ended('rotated');
    expect(levels(await trialOf('rotated'))).toEqual(CURVE);
  });

  test('in an annotation: with the time each says, each once whatever the watch merges', async () => {
    await apply(aStudy('annotation', { annotation: {} }));
    const pod = await until(
      'its pod runs',
      async () => {
        const { items } = await get<{ items: readonly Pod[] }>(['pods', '-l', 'abohb.dev/study=annotation']);
        return items.find(({ status }) => status?.phase === 'Running');
      },
      60_000,
    );
    const at = new Date(Date.parse(pod.status?.startTime ?? '') + 1).toISOString();
    const items = [1, 2, 3].map((epoch) => ({ ...(JSON.parse(report(epoch)) as object), at }));
    const annotate = (list: unknown): Promise<string> =>
      kubectl([
        'annotate',
        'pod',
        pod.metadata.name,
        '-n',
        namespace,
        '--overwrite',
        `abohb.dev/reports=${JSON.stringify(list)}`,
      ]);
    await annotate(items.slice(0, 1));
    await annotate(items);
    await until('all are on record', async () => (await trialOf('annotation')).status?.reached === 3, 60_000);
    await annotate([]);
    annotated.resolve();
    await ended('annotation');
    const trial = await trialOf('annotation');
    expect(levels(trial)).toEqual(CURVE);
    expect(trial.status?.observations?.map((observation) => observation.at)).toEqual([at, at, at]);
  });
});
