/**
 * A Study from `kubectl apply` to its end on a real API server: the operator is a process with exactly the chart's
 * rights, pods are played by fake nodes that walk a table of real learning curves, and the operator is killed on the way.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readTable, type Table } from '../../benchmarks/tables.ts';
import { STUDY, type Study } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import { connect } from '../../operator/kube/api-server.ts';
import type { Cluster } from '../../operator/kube/cluster.ts';
import { POD } from '../../operator/kube/kinds.ts';
import { ALWAYS, broken, IN_THE_END, type World } from '../simulation/invariants.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { rowOf, tableScript } from './harness/curves.ts';
import { startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const TABLE = 'mlp-digits';
const TRIALS = 200;
const PARALLELISM = 20;
const EPOCHS = 27;
/** The operator is killed as soon as so many trials exist. */
const KILLED_AT = [40, 100, 160];
const ENDS_WITHIN_MS = 4 * 60_000;

function parameter(p: Table['space'][number]): unknown {
  if (!('values' in p)) {
    return { name: p.name, [p.type]: { min: p.min, max: p.max, scale: p.scale === 'log' ? 'Log' : 'Linear' } };
  }
  const isNumeric = p.values.every((value) => typeof value === 'number');
  const kind = p.type === 'ordinal' && isNumeric ? 'ordinal' : 'categorical';
  return { name: p.name, [kind]: { values: kind === 'ordinal' ? p.values : p.values.map(String) } };
}

function study(table: Table, algorithm: unknown): unknown {
  return {
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name: 'digits' },
    spec: {
      objective: { metric: 'val_error', goal: 'Minimize' },
      resource: { name: 'epoch', min: 1, max: EPOCHS },
      parameters: table.space.map(parameter),
      algorithm,
      seed: 17,
      parallelism: PARALLELISM,
      limits: { maxTrials: TRIALS },
      trialTemplate: {
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: 'train',
                  image: 'train:1',
                  args: ['--epochs=$(resource.until)'],
                  resources: { limits: { 'nvidia.com/gpu': 1 } },
                },
              ],
            },
          },
        },
      },
    },
  };
}

async function observe(cluster: Cluster, namespace: string): Promise<World> {
  const { signal } = new AbortController();
  const [studies, trials, pods] = await Promise.all([
    cluster.list(STUDY, { namespace }, signal),
    cluster.list(TRIAL, { namespace }, signal),
    cluster.list(POD, { namespace }, signal),
  ]);
  const [found] = studies.items;
  if (!found) throw new Error('the Study is gone');
  const runningPods = pods.items.filter(({ status }) => status?.phase === 'Running');
  // No pod is lost in this test.
  return { study: found, trials: trials.items, runningPods, lostPods: 0 };
}

const hasEnded = (found: Study): boolean => {
  const succeeded = condition(found.status?.conditions, 'Succeeded');
  return succeeded !== undefined && succeeded.status !== 'Unknown';
};

interface Ended {
  readonly world: World;
  readonly namespace: string;
  readonly violations: readonly string[];
}

/** Runs one Study to its end, killing the operator on the way. */
async function run(plane: ControlPlane, algorithm: unknown): Promise<Ended> {
  const table = readTable(TABLE);
  const namespace = await plane.namespace('team');
  const installed = await installChart(plane, [namespace]);
  const { kubectl } = await programsFor(plane.kubeconfig);
  const nodes = [1, 2, 3].map((i) => ({ name: `${namespace}-${i}`, gpus: 8 }));
  const kubelets = await startKubelets({
    kubeconfig: plane.kubeconfig,
    nodes,
    script: (pod) => tableScript(table, rowOf(table, pod, 'train'), { epochMs: 100, metric: 'val_error' }),
  });
  const cluster = connect({ version: 'test', kubeconfig: plane.kubeconfig });
  const violations = new Set<string>();
  let operator: OperatorProcess = startOperatorProcess({ ...installed, namespaces: [namespace] });
  const logs = [operator.logFile];
  try {
    await kubectl(['apply', '--namespace', namespace, '-f', '-'], JSON.stringify(study(table, algorithm)));
    const kills = [...KILLED_AT];
    const world = await until(
      'the Study has ended',
      async () => {
        const seen = await observe(cluster, namespace);
        for (const sentence of broken(ALWAYS, seen)) violations.add(sentence);
        if (seen.trials.length >= (kills[0] ?? Number.POSITIVE_INFINITY)) {
          kills.shift();
          await operator.kill();
          operator = startOperatorProcess({ ...installed, namespaces: [namespace] });
          logs.push(operator.logFile);
        }
        return hasEnded(seen.study) && seen.runningPods.length === 0 ? seen : undefined;
      },
      ENDS_WITHIN_MS,
    ).catch((error: unknown) => {
      const tails = logs.map((file) => readFileSync(file, 'utf8').split('\n').slice(-15).join('\n'));
      throw new Error(`${String(error)}\n${tails.join('\n──\n')}`);
    });
    expect(kills).toEqual([]);
    for (const sentence of broken(IN_THE_END, world)) violations.add(sentence);
    return { world, namespace, violations: [...violations] };
  } finally {
    await operator.stop();
    await kubelets.stop();
  }
}

describeOnCluster('a Study of 200 trials, 20 at a time, the operator killed three times', 'nodes', (plane) => {
  test.each([
    ['stopping', { asynchronousHyperband: { scheduling: 'Stopping' } }],
    ['promotion', { asynchronousHyperband: { scheduling: 'Promotion' } }],
  ])('with %s it succeeds, nothing is lost or doubled, and replay agrees', async (_, algorithm) => {
    const { world, namespace, violations } = await run(plane(), algorithm);
    expect(violations).toEqual([]);
    expect(condition(world.study.status?.conditions, 'Succeeded')).toMatchObject({
      status: 'True',
      reason: 'MaxTrialsReached',
    });
    expect(world.trials).toHaveLength(TRIALS);
    expect(world.study.status?.trials?.failed).toBeLessThan(TRIALS / 5);

    const { kubectl } = await programsFor(plane().kubeconfig);
    const list = await kubectl(['get', 'studies,trials', '--namespace', namespace, '-o', 'json']);
    const replayed = promisify(execFile)(process.execPath, ['cli/main.ts', 'replay', '-']);
    replayed.child.stdin?.end(list);
    expect((await replayed).stdout).toMatch(/^digits: \d+ decisions agree/);

    const table = await kubectl(['get', 'studies', '--namespace', namespace]);
    expect(table).toMatch(
      /NAME +STATUS +BEST +AT +TRIALS +RUNNING +STOPPED +FAILED +AGE\ndigits +MaxTrialsReached +0\.\d+/,
    );
    const described = await kubectl(['describe', 'study', 'digits', '--namespace', namespace]);
    expect(described).toMatch(/TrialStarted .* trial \d+ started to epoch \d+ with /);
  });
});
