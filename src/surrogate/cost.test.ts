import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromRows } from '../linalg/matrix.ts';
import { stream } from '../rng.ts';
import { costModel } from './cost.ts';

/** Trials whose configurations are three coordinates: the first makes it four times as long, the third is noise. */
function spent(count: number, noise = 0) {
  const rng = stream(3, 'trials', 0);
  const points = fromRows(
    Array.from({ length: count }, () => [rng.uniform(), rng.uniform(), rng.uniform()]),
    3,
  );
  const resources = Float64Array.from({ length: count }, (_, i) => [1, 3, 9][i % 3]!);
  const seconds = resources.map((r, i) => 60 * r * 4 ** points.data[3 * i]! * Math.exp(noise * rng.normal()));
  return { points, resources, seconds };
}

const at = (...x: readonly number[]) => Float64Array.from(x);

describe('costs', () => {
  test('are learned as powers and factors, whatever the level they were seen at', () => {
    const { logAt, slopes } = costModel(spent(60, 0.1))!;
    expect(logAt(at(1, 0.5, 0.5)) - logAt(at(0, 0.5, 0.5))).toBeCloseTo(Math.log(4), 1);
    expect(slopes.subarray(1).every((slope) => Math.abs(slope) < 0.1)).toBe(true);
  });

  test('are those of the average trial, 1, where nothing tells configurations apart', () => {
    const { logAt } = costModel(spent(1))!;
    expect(logAt(at(0.2, 0.9, 0.4))).toBe(0);
    expect(costModel(spent(0))).toBeUndefined();
  });

  test('are the same for what the model adds to a point: the resource', () => {
    const { logAt } = costModel(spent(9))!;
    expect(logAt(at(0.1, 0.2, 0.3, 0.9))).toBe(logAt(at(0.1, 0.2, 0.3)));
  });

  test('are finite for coincident trials, more coordinates than trials and costs of any size', () => {
    const numbers = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 5 }), fc.constantFrom(1e-9, 1, 1e9), (rows, scale) => {
        const points = fromRows([...rows, ...rows], 8);
        const resources = new Float64Array(points.rows).fill(1);
        const seconds = Float64Array.from({ length: points.rows }, (_, i) => scale * (i + 1));
        const { logAt, slopes } = costModel({ points, resources, seconds })!;
        expect([logAt(new Float64Array(8)), ...slopes].every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
