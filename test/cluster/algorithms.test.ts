/**
 * Every algorithm on a real API server: a short Study of each, all of them at the same time, under one operator with
 * exactly the chart's rights.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTable } from '../../benchmarks/tables.ts';
import { condition } from '../../operator/conditions.ts';
import { connect } from '../../operator/kube/api-server.ts';
import { learns, SMALL_ALGORITHMS } from '../algorithms.ts';
import { ALWAYS, broken, IN_THE_END, type World } from '../simulation/invariants.ts';
import { rowOf, tableScript } from './harness/curves.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { isOver, observe, studyOn } from './harness/studies.ts';
import { until } from './harness/wait.ts';

const table = readTable('mlp-digits');
const SIZE = { epochs: 9, parallelism: 3, maxTrials: 9 };
const END_WITHIN_MS = 4 * 60_000;

/** Names of objects are of small letters. */
const studyOf = (algorithm: string): string => algorithm.toLowerCase();

/** What `abohb replay` says of what kubectl got. */
async function replay(recorded: string): Promise<string> {
  const done = promisify(execFile)(process.execPath, ['cli/main.ts', 'replay', '-']);
  done.child.stdin?.end(recorded);
  return (await done).stdout;
}

describeOnCluster('a Study of nine trials, three at a time, beside one of each other algorithm', 'nodes', (plane) => {
  let namespace: string;
  let operator: OperatorProcess | undefined;
  let kubelets: Kubelets | undefined;
  let ended: readonly World[] = [];
  let replayed = '';
  const violations = new Set<string>();

  beforeAll(async () => {
    namespace = await plane().namespace('algorithms');
    const { kubectl } = await programsFor(plane().kubeconfig);
    const installed = await installChart(plane(), [namespace]);
    kubelets = await startKubelets({
      kubeconfig: plane().kubeconfig,
      nodes: [1, 2, 3, 4].map((i) => ({ name: `algorithms-${i}`, gpus: 8 })),
      script: (pod) => tableScript(table, rowOf(table, pod, 'train'), { epochMs: 20, metric: 'val_error' }),
    });
    operator = startOperatorProcess({ ...installed, namespaces: [namespace] });
    const items = SMALL_ALGORITHMS.map(([name, algorithm]) =>
      studyOn({ name: studyOf(name), table, algorithm, ...SIZE }),
    );
    await kubectl(['apply', '-n', namespace, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const cluster = connect({ version: 'test', kubeconfig: plane().kubeconfig });
    ended = await until(
      'all Studies have ended',
      async () => {
        const seen = await observe(cluster, namespace);
        for (const world of seen) note(ALWAYS, world);
        return seen.every(isOver) ? seen : undefined;
      },
      END_WITHIN_MS,
    );
    for (const world of ended) note(IN_THE_END, world);
    replayed = await replay(await kubectl(['get', 'studies,trials', '-n', namespace, '-o', 'json']));
  });
  afterAll(async () => {
    await operator?.stop();
    await kubelets?.stop();
  });

  const note = (invariants: typeof ALWAYS, world: World): void => {
    for (const sentence of broken(invariants, world)) violations.add(`${world.study.metadata.name}: ${sentence}`);
  };

  test.each(SMALL_ALGORITHMS)('%s ends as it should, and replay agrees', (name, algorithm) => {
    const world = ended.find(({ study }) => study.metadata.name === studyOf(name));
    expect(condition(world?.study.status?.conditions, 'Succeeded')).toMatchObject({
      status: 'True',
      reason: 'MaxTrialsReached',
    });
    expect(world?.trials).toHaveLength(SIZE.maxTrials);
    expect(world?.study.status?.best?.value).toBeLessThan(0.9);
    if (learns(algorithm)) expect(world?.trials.map(({ spec }) => spec.origin)).toContain('Model');
    expect(replayed).toMatch(new RegExp(`^${studyOf(name)}: \\d+ decisions agree$`, 'm'));
  });

  test('no invariant was broken on the way', () => {
    expect([...violations]).toEqual([]);
  });
});
