/**
 * Studies while everything around them is killed: the operator again and again, one of two, the API server, etcd; and
 * while etcd's disk is full. Nothing is lost or doubled, and replay agrees with every decision.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTable } from '../../benchmarks/tables.ts';
import { STUDY } from '../../operator/api/study.ts';
import { condition } from '../../operator/conditions.ts';
import { connect } from '../../operator/kube/api-server.ts';
import type { Cluster, ObjectRef } from '../../operator/kube/cluster.ts';
import { LEASE } from '../../operator/kube/kinds.ts';
import { broken, IN_THE_END, type World } from '../simulation/invariants.ts';
import type { Faults } from './harness/control-plane.ts';
import { misread, rowOf, tableScript } from './harness/curves.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import {
  type Installed,
  installChart,
  type OperatorProcess,
  type OperatorProcessOptions,
  startOperatorProcess,
} from './harness/operator-process.ts';
import { replayed } from './harness/replay.ts';
import { describeOnCluster, teamOn } from './harness/ring.ts';
import { isOver, observe, studyOn } from './harness/studies.ts';
import { until } from './harness/wait.ts';
import { startWitness, type Witness } from './harness/witness.ts';

const table = readTable('mlp-digits');
const ENDS_WITHIN_MS = 5 * 60_000;
/** For a machine that runs two clusters at once. */
const PATIENCE_MS = 120_000;
/**
 * The longest that anything stays away: a leader that is killed, for its lease's 15 seconds, of which another one becomes
 * sure in up to five more; and the API server until it is ready, then what waits before it asks again.
 */
const BACK_WITHIN_MS = 60_000;
const KILLS = 50;
/** So many operators, the last that are killed, have the lease. */
const KILLED_LEADERS = 4;
/** More than can be tried while operators are killed. */
const ENDLESS = 10_000;

/** Two Studies at a time: stopped trials give up their pods, trials that pause end them. */
const SCHEDULING = ['Stopping', 'Promotion'] as const;
const namesOf = (name: string): readonly string[] => SCHEDULING.map((how) => `${name}-${how.toLowerCase()}`);

describeOnCluster('two Studies survive', 'nodes', (plane) => {
  const team = teamOn(plane, 'faults');
  let installed: Installed;
  let kubelets: Kubelets;
  let cluster: Cluster;
  let witness: Witness;
  const operators = new Set<OperatorProcess>();
  beforeAll(async () => {
    const { kubeconfig } = plane();
    const { namespace } = team;
    installed = await installChart(plane(), [namespace]);
    cluster = connect({ version: 'test', kubeconfig });
    witness = await startWitness({ kubeconfig, namespace, backWithinMs: BACK_WITHIN_MS });
    kubelets = await startKubelets({
      kubeconfig,
      nodes: [1, 2, 3].map((i) => ({ name: `faults-${i}`, gpus: 8 })),
      script: (pod) => tableScript(table, rowOf(table, pod, 'train'), { epochMs: 150, metric: 'val_error' }),
    });
  });
  afterAll(async () => {
    for (const operator of operators) await operator.stop();
    await kubelets.stop();
    await witness.stop();
  });

  const start = (how: Pick<OperatorProcessOptions, 'elects' | 'isRestarted'> = {}): OperatorProcess => {
    const operator = startOperatorProcess({ ...installed, namespaces: [team.namespace], ...how });
    operators.add(operator);
    return operator;
  };
  const end = async (operator: OperatorProcess, how: 'kill' | 'stop'): Promise<void> => {
    operators.delete(operator);
    await operator[how]();
  };
  const begin = async (name: string, maxTrials: number): Promise<void> => {
    const size = { epochs: 27, parallelism: 6, maxTrials };
    const studies = namesOf(name).map((each, i) =>
      studyOn({ name: each, table, algorithm: { asynchronousHyperband: { scheduling: SCHEDULING[i] } }, ...size }),
    );
    await team.apply(...studies);
  };
  /** Throws when anything was broken on the way. */
  const see = (name: string): readonly World[] => {
    expect([...witness.violations]).toEqual([]);
    return namesOf(name).flatMap((each) => witness.seen(each) ?? []);
  };
  const untilTrials = (name: string, count: number): Promise<unknown> =>
    until(`${count} trials`, () => see(name).flatMap(({ trials }) => trials).length >= count, ENDS_WITHIN_MS);
  /** As they are now: the witness may know of one thing before another. */
  const now = async (name: string): Promise<readonly World[]> => {
    const fresh = await observe(cluster, team.namespace);
    return see(name).map((world) => {
      // What a scheduler does with pods whose cluster comes and goes is not counted here.
      const { lostPods: _, ...own } =
        fresh.find(({ study }) => study.metadata.name === world.study.metadata.name) ?? {};
      return { ...world, ...own };
    });
  };
  /** The Studies have ended as they should. */
  const untilEnd = async (name: string, maxTrials: readonly number[]): Promise<void> => {
    await until(`${name} have ended`, () => see(name).every(isOver), ENDS_WITHIN_MS);
    const worlds = await now(name);
    const replay = await replayed(team);
    expect(worlds.map(({ trials }) => trials.length)).toEqual(maxTrials);
    for (const world of worlds) {
      expect(broken(IN_THE_END, world)).toEqual([]);
      expect(misread(table, world.trials)).toEqual([]);
      expect(condition(world.study.status?.conditions, 'Succeeded')?.reason).toBe('MaxTrialsReached');
      expect(replay).toMatch(new RegExp(`^${world.study.metadata.name}: \\d+ decisions agree`, 'm'));
    }
    // Pods that nobody wanted any more were seen, or nothing is known of how long they ran on.
    expect(worlds[0]?.unwantedFor?.stopped).toBeGreaterThan(0);
    expect([...witness.violations]).toEqual([]);
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

  test('one of their two operators killed: the other takes over', async () => {
    const pair = [start(), start()];
    await begin('led', 20);
    await untilTrials('led', 16);
    const leader = await until('one leads', leaseHolder, PATIENCE_MS);
    const first = pair.find(({ pid }) => leader.includes(`-${pid}-`));
    if (!first) throw new Error(`nobody we know leads: ${leader}`);
    await end(first, 'kill');
    await until('the other leads', async () => (await leaseHolder()) !== leader, PATIENCE_MS);
    await untilEnd('led', [20, 20]);
    for (const operator of pair) if (operator !== first) await end(operator, 'stop');
  });

  test(`their operator killed ${KILLS} times, wherever it was`, async () => {
    const written = (worlds: readonly World[]): number =>
      worlds
        .flatMap(({ trials }) => trials)
        .map(({ spec, status = {} }) => [spec.decisions, status.attempts ?? [], status.observations ?? []])
        .reduce((sum, lists) => sum + lists.flat().length, 0);
    await begin('killed', ENDLESS);
    for (let kill = 0; kill < KILLS; kill++) {
      // Each life does something before it ends: it writes at least twice, at a moment that is another each time.
      const enough = written(await now('killed')) + 2 + 3 * (kill % 5);
      const operator = start({ elects: kill >= KILLS - KILLED_LEADERS });
      await until(`life ${kill + 1} has written`, () => written(see('killed')) >= enough, PATIENCE_MS);
      await end(operator, 'kill');
    }

    // None had ended before the last kill. Now that nobody begins any more, they may.
    const worlds = await now('killed');
    expect(worlds.map(isOver)).toEqual([false, false]);
    const maxTrials = worlds.map(({ trials }) => trials.length + 5);
    for (const [i, name] of namesOf('killed').entries())
      await team.patch(STUDY, name, { spec: { limits: { maxTrials: maxTrials[i] } } });
    const operator = start();
    await untilEnd('killed', maxTrials);
    await end(operator, 'stop');
  });

  test('the API server and etcd killed under it', async () => {
    const operator = start({ isRestarted: true });
    await begin('stormy', 20);
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
    await untilEnd('stormy', [20, 20]);
    await end(operator, 'stop');
  });

  test('the full disk of etcd: it is told, and goes on when there is room again', async () => {
    const operator = start({ isRestarted: true });
    await begin('full', 20);
    await untilTrials('full', 14);
    await faults().alarmOfFullDisk(true);
    await until(
      'the operator says why it cannot write',
      () => readFileSync(operator.logFile, 'utf8').includes('database space exceeded'),
      PATIENCE_MS,
    );
    await faults().alarmOfFullDisk(false);
    await untilEnd('full', [20, 20]);
    await end(operator, 'stop');
  });
});
