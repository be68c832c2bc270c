/**
 * Every algorithm on a real API server: a short Study of each, all of them at the same time, under one operator with
 * exactly the chart's rights.
 */
import { beforeAll, expect, test } from 'vitest';
import { readTable } from '../../benchmarks/tables.ts';
import { condition } from '../../operator/conditions.ts';
import { connect } from '../../operator/kube/api-server.ts';
import { learns, SMALL_ALGORITHMS } from '../algorithms.ts';
import { ALWAYS, broken, IN_THE_END, type World } from '../simulation/invariants.ts';
import { rowOf, tableScript } from './harness/curves.ts';
import { replayed } from './harness/replay.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import { isOver, observe, studyOn } from './harness/studies.ts';
import { until } from './harness/wait.ts';

const table = readTable('mlp-digits');
const SIZE = { epochs: 9, parallelism: 3, maxTrials: 9 };
const END_WITHIN_MS = 4 * 60_000;

/** Names of objects are of small letters. */
const studyOf = (algorithm: string): string => algorithm.toLowerCase();

describeOnCluster('a Study of nine trials, three at a time, beside one of each other algorithm', 'nodes', (plane) => {
  let ended: readonly World[] = [];
  let replay = '';
  const violations = new Set<string>();

  const team = teamOn(plane, 'algorithms');
  serve(plane, {
    teams: [team],
    nodes: 4,
    gpus: 8,
    script: (pod) => tableScript(table, rowOf(table, pod, 'train'), { epochMs: 20, metric: 'val_error' }),
  });
  beforeAll(async () => {
    await team.apply(
      ...SMALL_ALGORITHMS.map(([name, algorithm]) => studyOn({ name: studyOf(name), table, algorithm, ...SIZE })),
    );
    const cluster = connect({ version: 'test', kubeconfig: plane().kubeconfig });
    ended = await until(
      'all Studies have ended',
      async () => {
        const seen = await observe(cluster, team.namespace);
        for (const world of seen) note(ALWAYS, world);
        return seen.every(isOver) ? seen : undefined;
      },
      END_WITHIN_MS,
    );
    for (const world of ended) note(IN_THE_END, world);
    replay = await replayed(team);
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
    expect(replay).toMatch(new RegExp(`^${studyOf(name)}: \\d+ decisions agree$`, 'm'));
  });

  test('no invariant was broken on the way', () => {
    expect([...violations]).toEqual([]);
  });
});
