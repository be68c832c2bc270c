import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeValues, initialCodes } from '../kernels/hyperparameters.ts';
import { JOINT_KERNELS, type JointKernelName } from '../kernels/registry.ts';
import { fromRows, type Matrix, row } from '../linalg/matrix.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource } from '../space/space.ts';
import { extend } from './extension.ts';
import { drawFantasies, drawJointly } from './fantasies.ts';
import { fitModel, fitObjective } from './fit.ts';
import { pointPredictor } from './input-gradient.ts';
import { type Model, modelOf } from './model.ts';
import { denseProcess } from './observe.ts';
import { condition, type Posterior, predict } from './posterior.ts';

const MAX = 9;
const LEVELS = [1, 3, 9];
const NAMES = Object.keys(JOINT_KERNELS) as JointKernelName[];
const domain = { dimension: 2, warped: [0], maxResource: MAX, levels: LEVELS };
const MODELS = NAMES.map((name): [string, Model] => [name, modelOf(JOINT_KERNELS[name](domain))]);

const point = (rng: Rng) => [rng.uniform(), rng.uniform(), encodeResource(LEVELS[rng.int(3)]!, MAX)];
const points = (count: number, rng: Rng) =>
  fromRows(
    Array.from({ length: count }, () => point(rng)),
    3,
  );
const normals = (rows: number, columns: number, rng: Rng): Matrix => ({
  rows,
  columns,
  data: Float64Array.from({ length: rows * columns }, () => rng.normal()),
});
const valuesOf = (model: Model) => decodeValues(model.hyperparameters, initialCodes(model.hyperparameters));

function posteriorOf(model: Model, xs: Matrix, targets: ArrayLike<number>): Posterior {
  return condition(model.at(valuesOf(model)), xs, fromRows([targets]))!;
}

const seeds = fc.maxSafeNat();
const runs = { numRuns: 15 };

describe.each(MODELS)('a process with kernel %s', (_, model) => {
  test('has the likelihood gradient that finite differences show', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'gp', 0);
        const data = { points: points(12, rng), targets: normals(1, 12, rng) };
        const objective = fitObjective(model, data);
        const codes = initialCodes(model.hyperparameters).map((code) => code + 0.2 * Math.abs(rng.normal()));
        const gradient = objective(codes)!.gradient();
        for (const i of codes.keys()) {
          const moved = (by: number) => objective(codes.map((code, k) => (k === i ? code + by : code)))!.value;
          const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
          expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-4 * Math.max(1, Math.abs(slope)));
        }
      }),
      runs,
    );
  });

  test('predicts the same in whatever order observations come', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'gp', 1);
        const [xs, ys, at] = [points(20, rng), normals(1, 20, rng).data, points(5, rng)];
        const order = [...ys.keys()].toReversed();
        const shuffled = fromRows(order.map((i) => row(xs, i)));
        const one = predict(posteriorOf(model, xs, ys), at);
        const other = predict(
          posteriorOf(
            model,
            shuffled,
            order.map((i) => ys[i]!),
          ),
          at,
        );
        for (const [i, mean] of one.means.data.entries()) expect(other.means.data[i]).toBeCloseTo(mean, 6);
        for (const [i, variance] of one.variances.entries()) expect(other.variances[i]).toBeCloseTo(variance, 8);
      }),
      runs,
    );
  });

  test('knows no less after one more observation, and never has a negative variance', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'gp', 2);
        const [xs, ys, at] = [points(10, rng), normals(1, 10, rng).data, points(8, rng)];
        const posterior = posteriorOf(model, xs, ys);
        const before = predict(posterior, at).variances;
        const after = predict(extend(posterior, points(1, rng), normals(1, 1, rng))!, at).variances;
        for (const [i, variance] of after.entries()) {
          expect(variance).toBeGreaterThan(0);
          expect(variance).toBeLessThanOrEqual(before[i]! + 1e-9);
        }
      }),
      runs,
    );
  });

  test('extended by targets is the process conditioned on all of them', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'gp', 3);
        const [all, ys, at] = [points(15, rng), normals(1, 15, rng).data, points(4, rng)];
        const part = (from: number, to: number) =>
          fromRows(Array.from({ length: to - from }, (_, i) => row(all, from + i)));
        const start = posteriorOf(model, part(0, 9), ys.subarray(0, 9));
        const grown = predict(extend(start, part(9, 15), fromRows([ys.subarray(9), ys.subarray(9)]))!, at);
        const whole = predict(posteriorOf(model, all, ys), at);
        for (const [i, mean] of whole.means.data.entries()) {
          expect(grown.means.data[2 * i]).toBeCloseTo(mean, 5);
          expect(grown.means.data[2 * i + 1]).toBeCloseTo(mean, 5);
        }
      }),
      runs,
    );
  });

  test('has the derivatives of mean and deviation that finite differences show', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rng = stream(seed, 'gp', 4);
        const posterior = posteriorOf(model, points(10, rng), normals(1, 10, rng).data);
        const believe = pointPredictor(posterior);
        const x = Float64Array.of(rng.uniform(), rng.uniform(), 0.3);
        const gradient = new Float64Array(3);
        believe(x).addGradient(Float64Array.of(1), 0.5, gradient);
        const value = (at: Float64Array) => believe(at).means[0]! + 0.5 * believe(at).deviation;
        for (const i of x.keys()) {
          const moved = (by: number) => value(x.map((coordinate, k) => (k === i ? coordinate + by : coordinate)));
          const slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
          expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(slope)));
        }
      }),
      runs,
    );
  });

  describe('stays finite', () => {
    const expectFinite = (xs: Matrix, ys: ArrayLike<number>, pending = 3) => {
      const rng = stream(5, 'gp', 5);
      const data = { points: xs, targets: fromRows([ys]) };
      const found = fitModel(model, data, { starts: 1, maxIterations: 5 }, rng)!;
      const posterior = condition(model.at(found.values), xs, data.targets)!;
      const waiting = points(pending, rng);
      const draws = drawFantasies(denseProcess(posterior), waiting, normals(4, pending, rng))!;
      const { means, variances } = predict(extend(posterior, waiting, draws)!, points(5, rng));
      expect([...found.values, ...draws.data, ...means.data, ...variances].every(Number.isFinite)).toBe(true);
      expect(variances.every((variance) => variance > 0)).toBe(true);
    };
    const rng = stream(6, 'gp', 6);

    test('with one observation', () => {
      expectFinite(points(1, rng), [0]);
    });

    test('with points that coincide', () => {
      const x = point(rng);
      expectFinite(fromRows(Array.from({ length: 12 }, () => x)), normals(1, 12, rng).data);
    });

    test('with constant targets', () => {
      expectFinite(points(12, rng), new Float64Array(12));
    });

    test('with targets of 1e-12 and of 1e12', () => {
      for (const size of [1e-12, 1e12])
        expectFinite(
          points(12, rng),
          normals(1, 12, rng).data.map((y) => y * size),
        );
    });

    test('with hundreds of pending evaluations', () => {
      expectFinite(points(6, rng), normals(1, 6, rng).data, 300);
    });
  });
});

test('joint draws have the mean and covariance of the posterior', () => {
  const rng = stream(7, 'gp', 7);
  const model = modelOf(JOINT_KERNELS.ExpDecaySum(domain));
  const posterior = posteriorOf(model, points(6, rng), normals(1, 6, rng).data);
  const [at, count] = [points(2, rng), 20_000];
  const draws = drawJointly(denseProcess(posterior), at, normals(count, 2, rng))!;
  const { means, variances } = predict(posterior, at);
  for (const i of [0, 1]) {
    const own = Array.from({ length: count }, (_, f) => draws.data[2 * f + i]!);
    const mean = own.reduce((sum, y) => sum + y, 0) / count;
    expect(Math.abs(mean - means.data[i]!)).toBeLessThan(5 * Math.sqrt(variances[i]! / count));
    const variance = own.reduce((sum, y) => sum + (y - mean) ** 2, 0) / count;
    expect(Math.abs(variance / (variances[i]! + 1e-5) - 1)).toBeLessThan(0.05);
  }
});
