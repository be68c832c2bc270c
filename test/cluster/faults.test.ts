/**
 * A Study while everything around it is killed: the operator again and again, one of two, the API server, etcd; and while
 * etcd's disk is full. Nothing is lost or doubled, and replay agrees with every decision.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTable } from '../../benchmarks/tables.ts';
import { condition } from '../../operator/conditions.ts';
import { connect } from '../../operator/kube/api-server.ts';
import type { Cluster, ObjectRef } from '../../operator/kube/cluster.ts';
import { LEASE } from '../../operator/kube/kinds.ts';
import { ALWAYS, broken, IN_THE_END, type World } from '../simulation/invariants.ts';
import type { Faults } from './harness/control-plane.ts';
import { rowOf, tableScript } from './harness/curves.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import {
  type Installed,
  installChart,
  type OperatorProcess,
  startOperatorProcess,
} from './harness/operator-process.ts';
import { replayed } from './harness/replay.ts';
import { describeOnCluster, teamOn } from './harness/ring.ts';
import { isOver, observe, studyOn } from './harness/studies.ts';
import { until } from './harness/wait.ts';

const table = readTable('mlp-digits');
const ENDS_WITHIN_MS = 5 * 60_000;
const KILLS = 50;

describeOnCluster('a Study survives', 'nodes', (plane) => {
  const team = teamOn(plane, 'faults');
  let installed: Installed;
  let kubelets: Kubelets;
  let cluster: Cluster;
  const operators = new Set<OperatorProcess>();
  beforeAll(async () => {
    installed = await installChart(plane(), [team.namespace]);
    cluster = connect({ version: 'test', kubeconfig: plane().kubeconfig });
    kubelets = await startKubelets({
      kubeconfig: plane().kubeconfig,
      nodes: [1, 2, 3].map((i) => ({ name: `faults-${i}`, gpus: 8 })),
      script: (pod) => tableScript(table, rowOf(table, pod, 'train'), { epochMs: 150, metric: 'val_error' }),
    });
  });
  afterAll(async () => {
    for (const operator of operators) await operator.stop();
    await kubelets.stop();
  });

  const start = (elects = true): OperatorProcess => {
    const operator = startOperatorProcess({ ...installed, namespaces: [team.namespace], elects });
    operators.add(operator);
    return operator;
  };
  const end = async (operator: OperatorProcess, how: 'kill' | 'stop'): Promise<void> => {
    operators.delete(operator);
    await operator[how]();
  };
  const begin = async (name: string, maxTrials: number): Promise<void> => {
    const size = { epochs: 27, parallelism: 12, maxTrials };
    const study = studyOn({ name, table, algorithm: { asynchronousHyperband: { scheduling: 'Promotion' } }, ...size });
    await team.apply(study);
  };
  /** Looks again and again, through whatever outage; throws for what is broken. */
  const see = async (name: string): Promise<World | undefined> => {
    const world = (await observe(cluster, team.namespace)).find(({ study }) => study.metadata.name === name);
    if (world) expect(broken(ALWAYS, world)).toEqual([]);
    return world;
  };
  const untilTrials = (name: string, count: number): Promise<unknown> =>
    until(`${count} trials`, async () => ((await see(name))?.trials.length ?? 0) >= count, ENDS_WITHIN_MS);
  /** The Study has ended as it should. */
  const untilEnd = async (name: string, maxTrials: number): Promise<void> => {
    const world = await until(
      `${name} has ended`,
      async () => {
        const seen = await see(name);
        return seen && isOver(seen) ? seen : undefined;
      },
      ENDS_WITHIN_MS,
    );
    // What a scheduler does with pods whose cluster comes and goes is not counted here.
    const { lostPods: _, ...seen } = world;
    expect(broken(IN_THE_END, seen)).toEqual([]);
    expect([condition(world.study.status?.conditions, 'Succeeded')?.reason, world.trials.length]).toEqual([
      'MaxTrialsReached',
      maxTrials,
    ]);
    expect(await replayed(team)).toMatch(new RegExp(`^${name}: \\d+ decisions agree`, 'm'));
  };
  const faults = (): Faults => {
    const ours = plane().faults;
    if (!ours) throw new Error('the control plane is not ours to kill');
    return ours;
  };
  const leaseHolder = async (): Promise<string | undefined> => {
    const ref: ObjectRef = { namespace: installed.system, name: 'abohb' };
    return (await cluster.get(LEASE, ref))?.spec.holderIdentity;
  };

  test(`its operator killed ${KILLS} times, wherever it was`, async () => {
    await begin('killed', 60);
    let operator = start(false);
    let written = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      // Each life does something before it ends: it writes at least twice, at a moment that is another each time.
      const seen = written + 2 + (kill % 5);
      await until('it has written', async () => {
        const world = await see('killed');
        written = (world?.trials ?? []).reduce((sum, { spec, status }) => {
          return sum + spec.decisions.length + (status?.attempts?.length ?? 0) + (status?.observations?.length ?? 0);
        }, 0);
        return written >= seen || (world && isOver(world));
      });
      await end(operator, 'kill');
      operator = start(false);
    }
    await untilEnd('killed', 60);
    await end(operator, 'stop');
  });

  test('one of its two operators killed: the other takes over', async () => {
    const pair = [start(), start()];
    await begin('led', 40);
    await untilTrials('led', 16);
    const leader = await until('one leads', leaseHolder);
    const first = pair.find(({ pid }) => leader.includes(`-${pid}-`));
    if (!first) throw new Error(`nobody we know leads: ${leader}`);
    await end(first, 'kill');
    await until('the other leads', async () => (await leaseHolder()) !== leader, 60_000);
    await untilEnd('led', 40);
    for (const operator of pair) if (operator !== first) await end(operator, 'stop');
  });

  test('the API server and etcd killed under it', async () => {
    const operator = start();
    await begin('stormy', 40);
    await untilTrials('stormy', 14);
    await faults().restartApiServer();
    await untilTrials('stormy', 20);
    await faults().stopEtcd();
    await faults().startEtcd();
    await untilTrials('stormy', 26);
    await faults().stopApiServer();
    await faults().stopEtcd();
    await faults().startEtcd();
    await faults().startApiServer();
    await untilEnd('stormy', 40);
    await end(operator, 'stop');
  });

  test('the full disk of etcd: it is told, and goes on when there is room again', async () => {
    const operator = start();
    await begin('full', 40);
    await untilTrials('full', 14);
    await faults().alarmOfFullDisk(true);
    await until('the operator says why it cannot write', () =>
      readFileSync(operator.logFile, 'utf8').includes('database space exceeded'),
    );
    await faults().alarmOfFullDisk(false);
    await untilEnd('full', 40);
    await end(operator, 'stop');
  });
});
