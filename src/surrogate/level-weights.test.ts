import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modelOf } from '../gp/model.ts';
import { decodeValues, initialCodes } from '../kernels/hyperparameters.ts';
import { JOINT_KERNELS } from '../kernels/registry.ts';
import { fromRows } from '../linalg/matrix.ts';
import { stream } from '../rng.ts';
import { encodeResource } from '../space/space.ts';
import { type LevelData, levelLosses } from './level-losses.ts';
import { levelWeights, rankingLoss } from './level-weights.ts';
import { normalize } from './targets.ts';

const numbers = (...values: readonly number[]) => Float64Array.of(...values);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('the ranking loss', () => {
  test('is the share of pairs in the wrong order', () => {
    expect(rankingLoss(numbers(1, 2, 3), numbers(10, 20, 30))).toBe(0);
    expect(rankingLoss(numbers(3, 2, 1), numbers(10, 20, 30))).toBe(1);
    expect(rankingLoss(numbers(2, 1, 3), numbers(10, 20, 30))).toBe(1 / 3);
  });

  test('depends on the order of values only', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 12 }), (values) => {
        const drawn = Float64Array.from(values, (value) => value ** 3 + value);
        expect(rankingLoss(drawn, Float64Array.from(values))).toBe(0);
        expect(
          rankingLoss(
            drawn.map((z) => -z),
            Float64Array.from(values),
          ),
        ).toBe(1);
      }),
    );
  });
});

describe('the weights of levels', () => {
  const losses = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 20 })).chain(([levels, draws]) =>
    fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: draws, maxLength: draws }), {
      minLength: levels,
      maxLength: levels,
    }),
  );

  test('are not negative and add up to 1', () => {
    fc.assert(
      fc.property(losses, (own) => {
        const weights = levelWeights(own.map((values) => Float64Array.from(values)));
        expect(weights.every((weight) => weight >= 0)).toBe(true);
        expect(sum(weights)).toBeCloseTo(1, 12);
      }),
    );
  });

  test('are equal where levels rank equally well, and all on one that always ranks best', () => {
    expect(levelWeights([numbers(0.2, 0.5), numbers(0.2, 0.5)])).toEqual([0.5, 0.5]);
    expect(levelWeights([numbers(0.2, 0.5), numbers(0.1, 0.4), numbers(1, 1)])).toEqual([0, 1, 0]);
  });
});

const MAX = 9;
const LEVELS = [1, 3, 9];

/** What was observed at a level: `count` configurations on a line, the value a function of the configuration. */
function observed(level: number, count: number, value: (x: number) => number): LevelData {
  const rng = stream(level, 'configurations', 0);
  const xs = Array.from({ length: count }, () => rng.uniform());
  return {
    points: fromRows(xs.map((x) => [x, encodeResource(level, MAX)])),
    targets: normalize(Float64Array.from(xs, value)).targets,
  };
}

function weightsOf(levels: readonly LevelData[]): readonly number[] {
  const kernel = JOINT_KERNELS.IndependentPerLevel({ dimension: 1, warped: [], maxResource: MAX, levels: LEVELS });
  const { hyperparameters, at } = modelOf(kernel);
  const model = at(decodeValues(hyperparameters, initialCodes(hyperparameters)));
  const losses = levelLosses(model, levels, { count: 50, rng: stream(1, 'draws', 0) });
  if (losses === undefined) throw new Error('there is a posterior of every level');
  return levelWeights(losses);
}

describe('a level', () => {
  const wave = (x: number) => Math.sin(6 * x);

  test('that ranks as the highest does gets most of the weight, where the highest knows little itself', () => {
    const [first = 0, second = 0, last = 0] = weightsOf([
      observed(1, 40, (x) => Math.cos(25 * x)),
      observed(3, 40, wave),
      observed(9, 6, wave),
    ]);
    expect(second).toBeGreaterThan(0.6);
    expect(first + last).toBeLessThan(0.4);
  });

  test('that ranks the other way round gets none', () => {
    const weights = weightsOf([observed(1, 30, (x) => -wave(x)), observed(3, 30, wave), observed(9, 12, wave)]);
    expect(weights[0]).toBe(0);
  });
});
