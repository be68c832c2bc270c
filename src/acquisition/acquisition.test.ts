import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dot } from '../linalg/matrix.ts';
import type { Objective } from '../optimize/line-search.ts';
import { expectedImprovement, logExpectedImprovement } from './expected-improvement.ts';
import type { Belief, Head } from './head.ts';
import { perCost } from './per-cost.ts';
import { ACQUISITIONS } from './registry.ts';

const incumbents = Float64Array.of(0.3, -0.2, 0.1);
const margin = 0.05;

const HEADS: [string, Head][] = [
  ...Object.entries(ACQUISITIONS).map(([name, made]): [string, Head] => [
    name,
    made({ incumbents: () => incumbents, margin, kappa: 1.5 }),
  ]),
  ['the logarithm of the expected improvement', logExpectedImprovement({ incumbents, margin })],
];

const numbers = fc.double({ min: -3, max: 3, noNaN: true });
const beliefs = fc
  .tuple(numbers, numbers, numbers, fc.double({ min: 0.3, max: 3, noNaN: true }))
  .map(([a, b, c, deviation]): Belief => ({ means: Float64Array.of(a, b, c), deviation }));

describe.each(HEADS)('%s', (_, head) => {
  test('has the derivatives that finite differences show', () => {
    const h = 1e-5;
    fc.assert(
      fc.property(beliefs, ({ means, deviation }) => {
        const { byMeans, byDeviation } = head({ means, deviation });
        for (const f of means.keys()) {
          const moved = (by: number) => head({ means: means.map((m, i) => (i === f ? m + by : m)), deviation }).value;
          expect((moved(h) - moved(-h)) / (2 * h)).toBeCloseTo(byMeans[f]!, 6);
        }
        const moved = (by: number) => head({ means, deviation: deviation + by }).value;
        expect((moved(h) - moved(-h)) / (2 * h)).toBeCloseTo(byDeviation, 6);
      }),
    );
  });

  test('is finite however far the means are from the incumbent', () => {
    for (const mean of [-1e6, -1, 0, 1, 1e3, 1e6]) {
      for (const deviation of [0, 1e-10, 1e-3, 1, 1e6]) {
        const score = head({ means: Float64Array.of(mean, mean, mean), deviation });
        expect([score.value, ...score.byMeans, score.byDeviation].every(Number.isFinite)).toBe(true);
      }
    }
  });
});

test('an acquisition per cost has the gradient that finite differences show', () => {
  const slopes = Float64Array.of(1.5, -0.7);
  const cost = { slopes, logAt: (x: Float64Array) => 0.3 + dot(slopes, x.subarray(0, 2)) };
  // The last coordinate is the resource, which costs the same whatever the configuration.
  const bowl: Objective = ([x = 0, y = 0, r = 0]) => ({
    value: (x - 1) ** 2 + x * y + r * y - 9,
    gradient: () => Float64Array.of(2 * (x - 1) + y, x + r, y),
  });
  const objective = perCost(bowl, cost, 0.6);
  const h = 1e-5;
  fc.assert(
    fc.property(fc.tuple(numbers, numbers, numbers), (point) => {
      const at = (k: number, by: number) =>
        objective(Float64Array.from(point, (u, i) => (i === k ? u + by : u)))!.value;
      const gradient = objective(Float64Array.from(point))!.gradient();
      for (const [k, by] of gradient.entries()) {
        const shown = (at(k, h) - at(k, -h)) / (2 * h);
        expect(Math.abs(by - shown)).toBeLessThan(1e-5 * Math.max(1, Math.abs(shown)));
      }
    }),
  );
});

test('the logarithm of the improvement is that, and still tells points apart where the improvement underflows', () => {
  const [ei, logEi] = [expectedImprovement({ incumbents, margin }), logExpectedImprovement({ incumbents, margin })];
  fc.assert(
    fc.property(beliefs, (belief) => {
      expect(logEi(belief).value).toBeCloseTo(-Math.log(-ei(belief).value), 9);
    }),
  );
  const far = (mean: number) => ({ means: Float64Array.of(mean, mean, mean), deviation: 1 });
  expect(ei(far(60)).value).toBe(ei(far(61)).value);
  expect(logEi(far(60)).value).toBeLessThan(logEi(far(61)).value);
});
