import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeValues, initialCodes } from '../kernels/hyperparameters.ts';
import { JOINT_KERNELS } from '../kernels/registry.ts';
import { fromRows, type Matrix, row } from '../linalg/matrix.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource } from '../space/space.ts';
import { type Member, pointsAt, predictorTogether, predictTogether } from './ensemble.ts';
import { pointPredictor } from './input-gradient.ts';
import { modelOf } from './model.ts';
import { condition, predict } from './posterior.ts';

const MAX = 9;
const LEVELS = [1, 3, 9];
const code = (level: number) => encodeResource(level, MAX);

function points(count: number, rng: Rng): Matrix {
  return fromRows(
    Array.from({ length: count }, () => [rng.uniform(), rng.uniform(), code(LEVELS[rng.int(3)] ?? 9)]),
    3,
  );
}

/** A posterior of one process per level. */
function posterior(rng: Rng) {
  const domain = { dimension: 2, warped: [], maxResource: MAX, levels: LEVELS };
  const { hyperparameters, at } = modelOf(JOINT_KERNELS.IndependentPerLevel(domain));
  const fixed = at(decodeValues(hyperparameters, initialCodes(hyperparameters)));
  const own = condition(fixed, points(15, rng), fromRows([Array.from({ length: 15 }, () => rng.normal())]));
  if (own === undefined) throw new Error('there is a posterior');
  return own;
}

const members: readonly Member[] = [
  { code: code(1), weight: 0.2 },
  { code: code(9), weight: 0.7 },
];

const seeds = fc.maxSafeNat();

describe('levels together', () => {
  test('predict the weighted sum of independent predictions', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'ensemble', 0);
        const own = posterior(rng);
        const some = points(5, rng);
        const [low, high] = [predict(own, pointsAt(some, code(1))), predict(own, pointsAt(some, code(9)))];
        const { means, variances } = predictTogether((x) => predict(own, x), some, members);
        for (const i of variances.keys()) {
          expect(means.data[i]).toBeCloseTo(0.2 * low.means.data[i]! + 0.7 * high.means.data[i]!, 12);
          expect(variances[i]).toBeCloseTo(0.04 * low.variances[i]! + 0.49 * high.variances[i]!, 12);
        }
      }),
    );
  });

  test('are one level where that has all the weight', () => {
    const rng = stream(1, 'ensemble', 1);
    const own = posterior(rng);
    const some = pointsAt(points(5, rng), code(3));
    expect(predictTogether((x) => predict(own, x), some, [{ code: code(3), weight: 1 }])).toEqual(predict(own, some));
  });

  test('predict the same point by point, with the gradients that finite differences show', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'ensemble', 2);
        const own = posterior(rng);
        const some = points(1, rng);
        const { means, variances } = predictTogether((x) => predict(own, x), some, members);
        const predictor = predictorTogether(pointPredictor(own), members);
        const at = predictor(row(some, 0));
        expect(at.means[0]).toBeCloseTo(means.data[0]!, 9);
        expect(at.deviation ** 2).toBeCloseTo(variances[0]!, 9);
        const gradient = new Float64Array(3);
        at.addGradient(Float64Array.of(1.3), -0.4, gradient);
        const value = (x: Float64Array) => 1.3 * predictor(x).means[0]! - 0.4 * predictor(x).deviation;
        for (const k of [0, 1, 2]) {
          const moved = (by: number) => value(row(some, 0).map((u, i) => (i === k ? u + by : u)));
          expect(Math.abs(gradient[k]! - (moved(1e-5) - moved(-1e-5)) / 2e-5)).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 30 },
    );
  });
});
