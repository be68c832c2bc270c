/** Studies that a GitOps tool keeps applying, on a real API server: no drift, and nothing runs twice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Study } from '../../operator/api/study.ts';
import { condition } from '../../operator/conditions.ts';
import { healthOf } from '../gitops/health.ts';
import { kstatus } from '../gitops/kstatus.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { printing } from './harness/pod-script.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

/** As short as a Study can be: everything else is defaults. */
const manifest = (name: string): string =>
  JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name, labels: { 'app.kubernetes.io/instance': 'experiments' } },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 3 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1 } }],
      limits: { maxTrials: 2 },
      trialTemplate: { spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } } },
    },
  });

describeOnCluster('a Study in Git', 'nodes', (plane) => {
  let namespace: string;
  let operator: OperatorProcess;
  let kubelets: Kubelets;
  let kubectl: Program;
  beforeAll(async () => {
    namespace = await plane().namespace('gitops');
    ({ kubectl } = await programsFor(plane().kubeconfig));
    operator = startOperatorProcess({ ...(await installChart(plane(), [namespace])), namespaces: [namespace] });
    const lines = [1, 2, 3].map((epoch) => `{"epoch": ${epoch}, "val_error": ${1 / epoch}}`);
    const script = () => printing(lines);
    kubelets = await startKubelets({ kubeconfig: plane().kubeconfig, nodes: [{ name: 'gitops' }], script });
  });
  afterAll(async () => {
    await operator.stop();
    await kubelets.stop();
  });

  const studyOf = async (name: string): Promise<Study> =>
    JSON.parse(await kubectl(['get', 'study', name, '-n', namespace, '-o', 'json'])) as Study;

  test.each([
    ['client-side', []],
    ['server-side', ['--server-side', '--field-manager=argocd-controller']],
  ])('applied %s it shows no drift after its run, and applied again nothing happens', async (kind, how) => {
    const name = `study-${kind}`;
    const text = manifest(name);
    const apply = (): Promise<string> => kubectl(['apply', ...how, '-n', namespace, '-f', '-'], text);
    await apply();
    const ended = await until(
      'it has ended',
      async () => {
        const study = await studyOf(name);
        return condition(study.status?.conditions, 'Succeeded')?.status === 'True' ? study : undefined;
      },
      60_000,
    );
    // Exits with 1 where anything differs.
    expect(await kubectl(['diff', ...how, '-n', namespace, '-f', '-'], text)).toBe('');
    await apply();
    const again = await studyOf(name);
    expect([again.metadata.generation, again.status]).toEqual([1, ended.status]);
    expect([kstatus(again), (await healthOf(again)).status]).toEqual(['Current', 'Healthy']);
  });

  test('one that no operator has seen is not ready, by the conventions alone', async () => {
    const unwatched = await plane().namespace('gitops-unwatched');
    await kubectl(['apply', '-n', unwatched, '-f', '-'], manifest('unseen'));
    const unseen = JSON.parse(await kubectl(['get', 'study', 'unseen', '-n', unwatched, '-o', 'json'])) as Study;
    expect(kstatus(unseen)).toBe('InProgress');
  });

  test('nothing a tool marks a Study with is found on what belongs to it', async () => {
    const owned = await kubectl(['get', 'trials,jobs,pods', '-n', namespace, '-o', 'yaml']);
    expect(owned).not.toContain('app.kubernetes.io/instance');
  });
});
