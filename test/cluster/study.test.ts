/**
 * A Study from `kubectl apply` to its end on a real API server: the operator is a process with exactly the chart's
 * rights, pods are played by fake nodes that walk a table of real learning curves, and the operator is killed on the way.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTable } from '../../benchmarks/tables.ts';
import { condition } from '../../operator/conditions.ts';
import { connect } from '../../operator/kube/api-server.ts';
import { ALWAYS, broken, IN_THE_END, type World } from '../simulation/invariants.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { rowOf, tableScript } from './harness/curves.ts';
import { startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { replayed } from './harness/replay.ts';
import { describeOnCluster } from './harness/ring.ts';
import { isOver, observe, studyOn } from './harness/studies.ts';
import { newPlace, type Team, teamOf } from './harness/team.ts';
import { until } from './harness/wait.ts';

const TABLE = 'mlp-digits';
const TRIALS = 200;
const PARALLELISM = 20;
const EPOCHS = 27;
/** The operator is killed as soon as so many trials exist. */
const KILLED_AT = [40, 100, 160];
const ENDS_WITHIN_MS = 4 * 60_000;

interface Ended {
  readonly world: World;
  readonly team: Team;
  readonly violations: readonly string[];
}

/** Runs one Study to its end, killing the operator on the way. */
async function run(plane: ControlPlane, algorithm: unknown): Promise<Ended> {
  const table = readTable(TABLE);
  const settings = { epochs: EPOCHS, parallelism: PARALLELISM, maxTrials: TRIALS };
  const study = studyOn({ name: 'digits', table, algorithm, ...settings });
  const place = await newPlace(plane, 'team');
  const { namespace } = place;
  const team = teamOf(() => place);
  const installed = await installChart(plane, [namespace]);
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
    await team.apply(study);
    const kills = [...KILLED_AT];
    const world = await until(
      'the Study has ended',
      async () => {
        const [seen] = await observe(cluster, namespace);
        if (!seen) throw new Error('the Study is gone');
        for (const sentence of broken(ALWAYS, seen)) violations.add(sentence);
        if (seen.trials.length >= (kills[0] ?? Number.POSITIVE_INFINITY)) {
          kills.shift();
          await operator.kill();
          operator = startOperatorProcess({ ...installed, namespaces: [namespace] });
          logs.push(operator.logFile);
        }
        return isOver(seen) ? seen : undefined;
      },
      ENDS_WITHIN_MS,
    ).catch((error: unknown) => {
      const tails = logs.map((file) => readFileSync(file, 'utf8').split('\n').slice(-15).join('\n'));
      throw new Error(`${String(error)}\n${tails.join('\n──\n')}`);
    });
    expect(kills).toEqual([]);
    for (const sentence of broken(IN_THE_END, world)) violations.add(sentence);
    return { world, team, violations: [...violations] };
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
    const { world, team, violations } = await run(plane(), algorithm);
    expect(violations).toEqual([]);
    expect(condition(world.study.status?.conditions, 'Succeeded')).toMatchObject({
      status: 'True',
      reason: 'MaxTrialsReached',
    });
    expect(world.trials).toHaveLength(TRIALS);
    expect(world.study.status?.trials?.failed).toBeLessThan(TRIALS / 5);

    expect(await replayed(team)).toMatch(/^digits: \d+ decisions agree/);
    const table = await team.kubectl(['get', 'studies']);
    expect(table).toMatch(
      /NAME +STATUS +BEST +AT +TRIALS +RUNNING +STOPPED +FAILED +AGE\ndigits +MaxTrialsReached +0\.\d+/,
    );
    const described = await team.kubectl(['describe', 'study', 'digits']);
    expect(described).toMatch(/TrialStarted .* trial \d+ started to epoch \d+ with /);
  });
});
