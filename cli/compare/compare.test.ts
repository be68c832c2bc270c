import { describe, expect, test } from 'vitest';
import type { Run } from '../simulate/runs.ts';
import { groupsOf, ranksAt, standings, timeToTarget } from './comparison.ts';
import { medianLines, standingLines } from './lines.ts';
import { chartSvg } from './picture.ts';

/** A run with these best values at 0.5, 1.0, … */
function aRun(method: string, values: readonly (number | null)[], run: Partial<Run> = {}): Run {
  const at = Object.fromEntries(values.map((value, k) => [((k + 1) / 2).toFixed(1), value]));
  const horizon = values.length / 2;
  const counts = { trials: 1, epochs: 1, wall_s: 0, suggest_s: 0, suggests: 1 };
  return { table: 'digits', method, seed: 0, workers: 4, horizon, at, ...counts, ...run };
}

const runs = [
  aRun('slow', [null, 8, 6, 4], { seed: 0 }),
  aRun('slow', [9, 8, 8, 4], { seed: 1 }),
  aRun('slow', [9, 8, 7, 5], { seed: 2 }),
  aRun('fast', [6, 4, 3, 3]),
];

describe('a comparison', () => {
  const [group] = groupsOf(runs);

  test('takes the median over seeds, a run without a value being worst', () => {
    expect(group!.series[0]).toMatchObject({ method: 'slow', seeds: 3, median: [9, 8, 7, 4] });
  });

  test('says when a method is as good as another at the end', () => {
    expect(timeToTarget(group!, 'fast', 'slow')).toBe(0.5);
    expect(timeToTarget(group!, 'slow', 'fast')).toBe(1);
    expect(timeToTarget(group!, 'fast', 'absent')).toBeUndefined();
  });

  test('ranks by medians, equals sharing the mean of their ranks', () => {
    expect([...ranksAt(group!, 0.25)]).toEqual([
      ['slow', 2],
      ['fast', 1],
    ]);
    const [tied] = groupsOf([aRun('a', [1]), aRun('b', [1]), aRun('c', [2])]);
    expect([...ranksAt(tied!, 1).values()]).toEqual([1.5, 1.5, 3]);
  });

  test('ends with the shortest run', () => {
    expect(groupsOf([...runs, aRun('short', [5, 5])])[0]!.times).toEqual([0.5, 1]);
  });

  test('takes the geometric mean over tables', () => {
    const other = { table: 'letters' };
    const more = [aRun('slow', [4, 3, 2, 1], other), aRun('fast', [1, 1, 1, 1], other)];
    const [best] = standings(groupsOf([...runs, ...more]), 'slow');
    expect(best).toMatchObject({ method: 'fast', tables: 2, ratios: [0.5, 0.25], ratio: expect.closeTo(0.125 ** 0.5) });
  });

  test('is a table of text', () => {
    expect(medianLines(group!)).toEqual(['digits ×4  seeds  1  2', 'slow           3  8  4', 'fast           1  4  3']);
    expect(standingLines([group!], standings([group!], 'slow'), 'slow').at(-2)).toMatch(/^fast +0\.50 +0\.50 +1\.00/);
  });

  test('is a picture with a band for each method', () => {
    const { times, series } = group!;
    const lines = series.map(({ method, median, low, high }) => ({
      name: `<${method}>`,
      values: median,
      band: { low, high },
    }));
    const svg = chartSvg({ title: 'digits', across: 'time', up: 'error', times, lines });
    expect(svg.match(/<polygon/g)).toHaveLength(2);
    expect(svg).toContain('&lt;fast&gt;');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
