import { describe, expect, test } from 'vitest';
import { hyperband } from '../../test/builders.ts';
import type { Algorithm } from '../model.ts';
import { stream } from '../rng.ts';
import { bestBy, type Outcome, type Scenario, simulate } from './simulate.ts';
import type { Table } from './table.ts';

/** Row i: the curves given, epochs of a second each. */
function aTable(curves: Table['curves']): Table {
  return {
    name: 'made-up',
    maxResource: curves[0]?.length ?? 0,
    parameters: [{ name: 'row', type: 'int', min: 0, max: curves.length - 1, scale: 'Linear' }],
    configs: curves.map((_, row) => ({ row })),
    curves,
    seconds: curves.map(() => 1),
  };
}

/** Falling curves that end where chance has it; every tenth diverges. */
function someTable(rows = 60, epochs = 9): Table {
  const rng = stream(1, 'curves', 0);
  const curve = (row: number) => {
    const end = rng.uniform();
    return Array.from({ length: epochs }, (_, r) => (row % 10 === 9 && r > 3 ? null : end + 1 / (r + 1)));
  };
  return aTable(Array.from({ length: rows }, (_, row) => curve(row)));
}

function simulated(scenario: Partial<Scenario> & { algorithm: Algorithm }): Outcome {
  return simulate({ table: someTable(), seed: 3, workers: 4, horizon: 4, clock: () => 0, ...scenario });
}

const ALGORITHMS: readonly Algorithm[] = [
  { type: 'randomSearch' },
  hyperband(),
  hyperband({ brackets: 2 }),
  hyperband({ scheduling: 'Promotion' }),
  hyperband({ scheduling: 'Promotion', brackets: 3, rungs: 'PerBracket', rule: 'TopK' }),
  hyperband({ scheduling: 'Promotion', rule: 'CostAware', maxResource: 'Growing' }),
  { type: 'hyperband', reductionFactor: 3 },
  { type: 'bohb', scheduling: 'Synchronous', reductionFactor: 3 },
  { type: 'bohb', scheduling: 'Promotion', reductionFactor: 3 },
  { type: 'regularizedEvolution', population: 6, sample: 3 },
];

describe.each(ALGORITHMS)('%j', (algorithm) => {
  test('gives the same run for the same seed, and another for another', () => {
    const trials = JSON.stringify(simulated({ algorithm }).trials);
    expect(JSON.stringify(simulated({ algorithm }).trials)).toBe(trials);
    expect(JSON.stringify(simulated({ algorithm, seed: 4 }).trials)).not.toBe(trials);
  });

  test('tries no row twice', () => {
    const rows = simulated({ algorithm, horizon: 30 }).trials.map(({ config }) => config['row']);
    expect(new Set(rows).size).toBe(rows.length);
  });

  test('decides what it would decide from the ledger alone', () => {
    const scenario = { algorithm, horizon: 30 };
    const remembering = simulated(scenario).trials;
    const rereading = simulate({
      table: someTable(),
      seed: 3,
      workers: 4,
      clock: () => 0,
      rereads: true,
      ...scenario,
    }).trials;
    expect(rereading).toEqual(remembering);
  });

  test('never trains more trials at once than there are workers', () => {
    const { trials, units } = simulated({ algorithm });
    expect(trials.filter(({ state }) => state === 'Active').length).toBeLessThanOrEqual(4);
    expect(units).toBeLessThanOrEqual(4 * 4 * 9);
  });
});

test('freeze-thaw trains no row twice, and decides what it would decide from the ledger alone', () => {
  const algorithm = { type: 'freezeThaw', quantum: 3, initialRandom: 3, fantasies: 2, maxObservations: 100 } as const;
  const scenario = { table: someTable(8), seed: 3, workers: 2, horizon: 20, algorithm, clock: () => 0 };
  const { trials, units } = simulate(scenario);
  expect(simulate({ ...scenario, rereads: true }).trials).toEqual(trials);
  expect(new Set(trials.map(({ config }) => config['row'])).size).toBe(trials.length);
  // What cannot become the best is left where it is.
  expect(units).toBeLessThan(8 * 9);
});

describe('time', () => {
  const table = aTable([
    [5, 4, 3],
    [6, 5, 4],
  ]);

  test('passes by the seconds of each epoch, in mean full trainings', () => {
    const { improvements } = simulated({ algorithm: { type: 'randomSearch' }, table, workers: 1, horizon: 1 });
    const first = improvements[0]?.value ?? 0;
    expect(improvements.map(({ time }) => time)).toEqual([expect.closeTo(1 / 3), expect.closeTo(2 / 3), 1]);
    expect(bestBy(improvements, 0.3)).toBeUndefined();
    expect(bestBy(improvements, 0.9)).toBe(first - 1);
  });

  test('passes more slowly for those who straggle', () => {
    const straggle = { probability: 0.999_999, factor: 2 };
    const scenario = { algorithm: { type: 'randomSearch' }, table, workers: 1, horizon: 1 } as const;
    expect(simulated({ ...scenario, misfortunes: { straggle } }).units).toBe(1);
  });

  test('is lost with a worker, and the epoch repeated', () => {
    const scenario = { algorithm: { type: 'randomSearch' }, table: someTable(), horizon: 2 } as const;
    const { units, trials } = simulated({ ...scenario, misfortunes: { lose: 0.5 } });
    const reported = trials.reduce((sum, { observations }) => sum + observations.length, 0);
    expect(reported).toBeLessThan(0.7 * units);
    expect(reported).toBeGreaterThan(0.3 * units);
    // What was lost counts among what a trial has cost.
    const cost = trials.reduce((sum, { observations }) => sum + (observations.at(-1)?.seconds ?? 0), 0);
    expect(cost).toBeGreaterThan(1.5 * reported);
    expect(cost).toBeLessThanOrEqual(units);
  });
});

test('initial trials are tried first where they are rows of the table, and set thresholds', () => {
  const [given, other] = [{ row: 7 }, { row: 3 }];
  const algorithm = hyperband({ thresholds: 'InitialTrials' });
  const { trials } = simulated({ algorithm, initialTrials: [given, { row: 999 }, { no: 1 }, other], workers: 1 });
  expect(trials.slice(0, 2).map(({ config }) => config)).toEqual([given, other]);
  expect(trials.map(({ origin }) => origin).slice(0, 3)).toEqual(['Initial', 'Initial', 'Random']);
});

test('a row that diverges is a failed trial, its worker free again', () => {
  const table = aTable([
    [null, null],
    [null, null],
    [3, 2],
  ]);
  const { trials, units } = simulated({ algorithm: { type: 'randomSearch' }, table, workers: 1, horizon: 9 });
  expect(trials.map(({ state }) => state).sort()).toEqual(['Completed', 'Failed', 'Failed']);
  expect(units).toBe(4);
});
