/** Every algorithm, and every kernel of abohb, by the commands that need no cluster. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JOINT_KERNELS } from '../src/kernels/registry.ts';
import { learns, SMALL_ALGORITHMS } from '../test/algorithms.ts';
import { runsIn } from './simulate/runs.ts';
import { Lab } from './testing/program.ts';
import { aStudyFile } from './testing/study.ts';

let place: Lab;
beforeEach(() => {
  place = new Lab();
});
afterEach(() => place.remove());

/** Prints a falling curve in milliseconds, from its start at each attempt. */
const TRAIN =
  'BEGIN { for (r = 1; r <= until; r++) printf "{\\"epoch\\": %d, \\"loss\\": %.6f}\\n", r, (x - 0.3)^2 + 1 / r }';
const command = ['awk', '-v', 'x=$(parameters.x)', '-v', 'until=$(resource.until)', TRAIN];

describe('abohb run', { timeout: 60_000 }, () => {
  test.each(SMALL_ALGORITHMS)('%s runs to its end, and replay agrees with every decision', async (_, algorithm) => {
    place.write('study.yaml', aStudyFile('', { maxTrials: 9, container: { command }, spec: { algorithm } }));
    const run = await place.abohb('run', 'study.yaml');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('made-up has ended: 9 trials have run, as maxTrials 9 allows');
    expect(await place.abohb('replay', '.abohb/made-up')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^made-up: \d+ decisions agree\n$/),
    });
    if (learns(algorithm)) expect(place.read('.abohb/made-up/results/results.json')).toMatch(/"origin": ?"Model"/);
  });
});

/** Rows of two numbers and a choice; each curve falls to where its row is good, one diverges. */
function aTable(rows = 16) {
  const configs = Array.from({ length: rows }, (_, i) => [i / rows, 10 ** -(i % 5), ['a', 'b'][i % 2]] as const);
  return {
    name: 'made-up',
    mode: 'min',
    maxResource: 9,
    space: [
      { name: 'x', type: 'float', min: 0, max: 1, scale: 'linear' },
      { name: 'lr', type: 'float', min: 1e-4, max: 1, scale: 'log' },
      { name: 'op', type: 'categorical', values: ['a', 'b'] },
    ],
    configs,
    curves: configs.map(([x, lr, op], i) =>
      Array.from({ length: 9 }, (_, r) =>
        i === 3 && r > 3
          ? null
          : (x - 0.3) ** 2 + Math.abs(Math.log10(lr) + 2) / 10 + (op === 'a' ? 0 : 0.1) + 1 / (r + 1),
      ),
    ),
    secondsPerEpoch: configs.map((_, i) => 1 + (i % 3)),
    timeScale: 60,
  };
}

/** As a command line names it. */
function named([name, algorithm]: (typeof SMALL_ALGORITHMS)[number]): string {
  return [name, ...Object.entries(algorithm[name] ?? {}).map(([option, value]) => `${option}=${value}`)].join(':');
}

test('abohb simulate tries every row of a table with every algorithm, and with every kernel of abohb', {
  timeout: 60_000,
}, async () => {
  place.write('table.json', JSON.stringify(aTable()));
  const kernels = Object.keys(JOINT_KERNELS).map((kernel) => `abohb:kernel=${kernel}:initialRandom=2:fantasies=2`);
  const methods = [...SMALL_ALGORITHMS.map(named), ...kernels];
  const { code, stderr } = await place.abohb(
    'simulate',
    ...['--tables', 'table.json', '--algorithm', methods.join(',')],
    ...['--workers', '2', '--horizon', '16', '--seeds', '0', '--processes', '1', '--out', 'runs.jsonl'],
  );
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`${methods.length} runs`) });
  const runs = runsIn(place.read('runs.jsonl'), 'runs.jsonl');
  expect(runs.map(({ method }) => method)).toEqual(methods);
  const best = Math.min(...aTable().curves.flatMap((curve) => curve.flatMap((value) => value ?? [])));
  for (const { method, trials, at } of runs) expect([method, trials, at['16.0']]).toEqual([method, 16, best]);
});
