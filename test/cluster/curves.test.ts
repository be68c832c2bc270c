/** Pods that train by a learning-curve table. */

import { expect, test } from 'vitest';
import { configOf, nearestRow, readTable, type Table, tableNames } from '../../benchmarks/tables.ts';
import type { EnvVar, Pod } from '../../operator/kube/kinds.ts';
import { containerLog } from './harness/container-log.ts';
import { rowOf, tableScript } from './harness/curves.ts';

const tiny: Table = {
  name: 'tiny',
  metric: 'val_error (a share)',
  maxResource: 3,
  space: [
    { name: 'lr', type: 'float', min: 0.001, max: 1, scale: 'log' },
    { name: 'optimizer', type: 'categorical', values: ['sgd', 'adam'] },
  ],
  configs: [
    [0.001, 'sgd'],
    [0.1, 'sgd'],
    [0.1, 'adam'],
  ],
  curves: [
    [0.9, 0.8, 0.7],
    [0.5, 0.4, 0.3],
    [0.5, null, null],
  ],
  secondsPerEpoch: [1, 2, 3],
  timeScale: 1,
};

test('prints one JSON line per epoch, to the level it may run to', async () => {
  expect((await train(1, [{ name: 'ABOHB_UNTIL', value: '2' }])).printed).toEqual([
    '{"epoch": 1, "val_error": 0.5}',
    '{"epoch": 2, "val_error": 0.4}',
  ]);
});

test('without a level it runs to the end of the curve, and a diverged epoch is NaN', async () => {
  expect((await train(2, [])).printed.at(-1)).toBe('{"epoch": 3, "val_error": NaN}');
});

test('a row that trained slowly prints slowly', async () => {
  expect((await train(0, [])).slept).toEqual([50, 50, 50]);
  expect((await train(2, [])).slept).toEqual([150, 150, 150]);
});

test("the row of a pod is the one nearest to its parameters, on the parameters' scales", () => {
  const row = (lr: number, optimizer: string): number =>
    rowOf(tiny, aPod([{ name: 'ABOHB_PARAMETERS', value: JSON.stringify({ lr, optimizer }) }]));
  expect([row(0.002, 'sgd'), row(0.05, 'sgd'), row(0.001, 'adam')]).toEqual([0, 1, 2]);
});

test.each(tableNames())('table %s: each row is as long as it says and the nearest to itself', (name) => {
  const table = readTable(name);
  for (const key of ['curves', 'secondsPerEpoch'] as const) expect(table[key]).toHaveLength(table.configs.length);
  expect(new Set(table.curves.map((curve) => curve.length))).toEqual(new Set([table.maxResource]));
  for (const row of [0, 7, table.configs.length - 1]) expect(nearestRow(table, configOf(table, row))).toBe(row);
});

/** Plays the row in no time. */
async function train(row: number, env: EnvVar[]): Promise<{ printed: string[]; slept: number[] }> {
  const script = tableScript(tiny, row, { epochMs: 100 });
  if (script.kind !== 'run') throw new Error('it runs');
  const printed: string[] = [];
  const slept: number[] = [];
  const exit = await script.main({
    pod: aPod(env),
    print: (line) => printed.push(line),
    log: () => containerLog(),
    sleep: async (ms) => void slept.push(ms),
    signal: new AbortController().signal,
  });
  expect(exit).toBe(0);
  return { printed, slept };
}

function aPod(env: EnvVar[]): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'train' }, spec: { containers: [{ name: 'train', env }] } };
}
