import { afterAll, describe, expect, test } from 'vitest';
import { Lab } from '../testing/program.ts';
import { methodsIn } from './methods.ts';
import { runsIn } from './runs.ts';

const place = new Lab();
afterAll(() => place.remove());

const table = {
  name: 'tiny',
  mode: 'min',
  maxResource: 3,
  space: [{ name: 'lr', type: 'float', min: 0, max: 1, scale: 'linear' }],
  configs: [[0.1], [0.5], [1.01], [0.1]],
  curves: [
    [3, 2, 1],
    [5, null, null],
    [4, 3, 2],
    [9, 9, 9],
  ],
  secondsPerEpoch: [1, 1, 1, 1],
  timeScale: 60,
};

describe('abohb simulate', () => {
  test('writes a line for each seed and algorithm, and abohb compare reads them', async () => {
    place.write('tiny.json', JSON.stringify(table));
    const flags = [
      '--tables',
      'tiny.json',
      '--workers',
      '1',
      '--horizon',
      '3',
      '--seeds',
      '0:2',
      '--out',
      'runs.jsonl',
    ];
    const { code, stderr } = await place.abohb('simulate', '--algorithm', 'randomSearch,hyperband', ...flags);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('4 of 4 runs') });
    const runs = runsIn(place.read('runs.jsonl'), 'runs.jsonl');
    expect(runs.filter(({ method }) => method === 'randomSearch')).toMatchObject([
      { table: 'tiny', workers: 1, horizon: 3, at: { '3.0': 1 }, trials: 3, epochs: 8 },
      { table: 'tiny', workers: 1, horizon: 3, at: { '3.0': 1 }, trials: 3, epochs: 8 },
    ]);
    const compared = await place.abohb('compare', 'runs.jsonl', '--against', 'randomSearch', '--out', 'pictures');
    expect(compared).toMatchObject({ code: 0, stdout: expect.stringContaining('pictures/tiny-1.svg') });
    expect(place.read('pictures/ranks.svg')).toContain('</svg>');
  });

  test('writes a line for each trial where it is asked to: where it came from, why, and what became of it', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => i / 12);
    const configs = rows.map((lr) => [lr]);
    const curves = rows.map((lr) => [3, 2, 1].map((left) => (lr - 0.3) ** 2 + left / 10));
    place.write('dozen.json', JSON.stringify({ ...table, configs, curves, secondsPerEpoch: rows.map(() => 1) }));
    const flags = ['--tables', 'dozen.json', '--workers', '2', '--horizon', '6', '--seeds', '1'];
    const algorithm = ['--algorithm', 'abohb:initialRandom=3,randomSearch'];
    await place.abohb('simulate', ...algorithm, ...flags, '--out', 'runs.jsonl', '--trace', 'trials.jsonl');
    const lines = place.read('trials.jsonl').trim().split('\n');
    const trials = lines.map((line) => JSON.parse(line));
    const runs = runsIn(place.read('runs.jsonl'), 'runs.jsonl');
    expect(trials).toHaveLength(runs.reduce((sum, run) => sum + run.trials, 0));
    const first = trials.find(({ trial, method }) => trial === 1 && method === 'randomSearch');
    expect(first).toMatchObject({ table: 'tiny', seed: 1, workers: 2, at: 0, bracket: 0, origin: 'Random' });
    expect(first.result).toEqual({ state: 'Completed', reached: 3, value: expect.any(Number) });
    const proposed = trials.filter(({ origin }) => origin === 'Model');
    expect(proposed.length).toBeGreaterThan(2);
    for (const { proposal, config } of proposed) {
      expect(proposal).toMatchObject({ acquisition: expect.any(Number), mean: expect.any(Number) });
      expect(proposal.deviation).toBeGreaterThan(0);
      expect(config).toEqual({ lr: expect.any(Number) });
    }
    expect(proposed.some(({ result }) => result.atLevel !== undefined)).toBe(true);
  });

  test.each([
    [['--tables', 'nowhere', '--algorithm', 'randomSearch'], 'nowhere: there is no such file or directory'],
    [['--tables', '.', '--algorithm', 'randomsearch'], 'did you mean randomSearch?'],
    [['--tables', '.', '--algorithm', 'hyperband:eta=3'], 'unknown field'],
    [['--tables', '.', '--algorithm', 'randomSearch', '--seeds', '5:5'], '--seeds 5:5 is no range of seeds'],
    [['--tables', '.', '--algorithm', 'randomSearch', '--fail', '1'], '--fail 1 is no probability'],
  ])('refuses %j', async (args, says) => {
    place.write('tiny.json', JSON.stringify(table));
    expect(await place.abohb('simulate', ...args, '--out', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(says),
    });
  });
});

test('options of an algorithm follow its name', () => {
  expect(methodsIn('randomSearch,asynchronousHyperband:scheduling=Promotion:brackets=3')).toMatchObject([
    { name: 'randomSearch', algorithm: { type: 'randomSearch' } },
    { algorithm: { type: 'asynchronousHyperband', scheduling: 'Promotion', brackets: 3, reductionFactor: 3 } },
  ]);
  expect(
    methodsIn('abohb:refit.period.every=5:refit.period.always=50:confidence=2,abohb:refit.growth=0.2'),
  ).toMatchObject([
    { algorithm: { type: 'abohb', refit: { period: { every: 5, always: 50 } }, confidence: 2 } },
    { algorithm: { type: 'abohb', refit: { growth: 0.2 } } },
  ]);
});
