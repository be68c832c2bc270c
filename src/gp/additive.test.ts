import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeValues, initialCodes } from '../kernels/hyperparameters.ts';
import { JOINT_KERNELS } from '../kernels/registry.ts';
import { fromRows, row } from '../linalg/matrix.ts';
import { type Rng, stream } from '../rng.ts';
import { encodeResource } from '../space/space.ts';
import { likelihoodGradient, negativeLogLikelihood } from './likelihood.ts';
import { likelihoods } from './likelihoods.ts';
import { modelOf } from './model.ts';
import { denseProcess, observe } from './observe.ts';
import { condition } from './posterior.ts';

const MAX = 27;
const CODES = [1, 3, 9, 27].map((r) => encodeResource(r, MAX));
const model = modelOf(JOINT_KERNELS.ExpDecaySum({ dimension: 2, warped: [1], maxResource: MAX, levels: [] }));

/** Some configurations, each observed at its first few levels. */
function curves(configs: number, rng: Rng): number[][] {
  return Array.from({ length: configs }, () => [rng.uniform(), rng.uniform()]).flatMap((config) =>
    CODES.slice(0, 1 + rng.int(4)).map((code) => [...config, code]),
  );
}

function example(seed: number) {
  const rng = stream(seed, 'additive', 0);
  const points = fromRows(curves(12, rng));
  const targets = fromRows([Array.from({ length: points.rows }, () => rng.normal())]);
  const codes = initialCodes(model.hyperparameters).map((code) => code + 0.3 * rng.normal());
  const fixed = model.at(decodeValues(model.hyperparameters, codes));
  return { rng, points, targets, fixed, asked: fromRows(curves(4, rng)) };
}

/** Every number is near its counterpart. */
function expectSame(one: ArrayLike<number>, other: ArrayLike<number>): void {
  expect(one.length).toBe(other.length);
  for (const [i, value] of Array.from(one).entries()) {
    expect(Math.abs(value - other[i]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
  }
}

const property = (check: (own: ReturnType<typeof example>) => void) =>
  fc.assert(
    fc.property(fc.maxSafeNat(), (seed) => check(example(seed))),
    { numRuns: 20 },
  );

test('an additive process is as likely as the dense one, with the same gradient', () => {
  property(({ points, targets, fixed }) => {
    const dense = condition(fixed, points, targets)!;
    const additive = likelihoods(model, points, targets)(fixed)!;
    expectSame([additive.value()], [negativeLogLikelihood(dense)]);
    expectSame(additive.gradient(), likelihoodGradient(dense, model.hyperparameters.length));
  });
});

test('an additive process predicts what the dense one does, before and after further observations', () => {
  property(({ rng, points, targets, fixed, asked }) => {
    const added = fromRows([...[0, 5].map((i) => row(points, i)), ...curves(3, rng)], 3);
    const draws = fromRows([0, 1].map(() => Array.from({ length: added.rows }, () => rng.normal())));
    const dense = denseProcess(condition(fixed, points, targets)!);
    const additive = observe(fixed, { points, targets }, CODES)!;
    for (const [one, other] of [
      [additive, dense],
      [additive.extend(added, draws)!, dense.extend(added, draws)!],
    ] as const) {
      expectSame(one.predict(asked).means.data, other.predict(asked).means.data);
      expectSame(one.predict(asked).variances, other.predict(asked).variances);
    }
    const [joint, expected] = [additive.predictJointly(asked), dense.predictJointly(asked)];
    const lower = (data: Float64Array) => data.filter((_, e) => e % asked.rows <= Math.floor(e / asked.rows));
    expectSame(lower(joint.covariance.data), lower(expected.covariance.data));
  });
});

test('an additive process has the dense one’s derivatives by the configuration', () => {
  property(({ points, targets, fixed, asked }) => {
    const processes = [observe(fixed, { points, targets }, CODES)!, denseProcess(condition(fixed, points, targets)!)];
    const gradients = processes.map((process) => {
      const out = new Float64Array(3);
      process.predictor()(row(asked, 0)).addGradient(Float64Array.of(0.7), -1.3, out);
      return out.subarray(0, 2);
    });
    expectSame(gradients[0]!, gradients[1]!);
  });
});
