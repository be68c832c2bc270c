/** The model of learning curves against brute force: finite differences, and one Gaussian process of all observations. */
import { expect, test } from 'vitest';
import { initialCodes } from '../kernels/hyperparameters.ts';
import { decay } from '../kernels/power-decay.ts';
import { fromRows, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { stream } from '../rng.ts';
import { curveFitObjective, fitCurves } from './curve-fit.ts';
import { type Expected, expectCurves, expectNew, expectNewAt, forecast, type PendingTime } from './curve-forecast.ts';
import { type CurveData, conditionCurves, curveModel, type FixedCurveModel } from './curve-model.ts';
import { type Curve, decayCovariance, laddersOf } from './decay-curves.ts';

const END = 1;

/** Curves of random configurations with two coordinates, of 1 to 5 observations; the third is off the others' times. */
function someCurves(count: number): CurveData {
  const rng = stream(1, 'curves', 0);
  const points = Array.from({ length: count }, () => [rng.uniform(), rng.uniform()]);
  const curves = points.map(([x = 0, y = 0], i): Curve => {
    const length = 1 + rng.int(5);
    const times = Float64Array.from({ length }, (_, k) => (k + 1) / 6 + (i === 2 ? 0.03 : 0));
    return { times, values: times.map((t) => end(x, y) + Math.exp(-3 * t) + 0.02 * rng.normal()) };
  });
  return { points: fromRows(points), curves, ladders: laddersOf(curves) };
}

const end = (x: number, y: number): number => 3 * (x - 0.4) ** 2 + y;

const model = curveModel(2);
const fixed = model.at(Float64Array.of(0.01, 1.2, 3, 0.7, 0.4, 1.1, 0.8, 1.3, 0.2));
const nothing = zeros(0, 0);

/** Where a value is: a configuration, which curve it is on, a time. */
interface Place {
  readonly x: Float64Array;
  readonly curve: number;
  readonly t: number;
}

function placesOf({ points, curves }: CurveData): Place[] {
  return curves.flatMap(({ times }, curve) => [...times].map((t) => ({ x: row(points, curve), curve, t })));
}

function dense({ prior, decay: values }: FixedCurveModel) {
  const kappa = (t: number) => decay(t, values.alpha, values.lambda).value;
  return {
    mean: ({ x, t }: Place) => prior.mean(x) + values.gamma * kappa(t),
    covariance(a: Place, b: Place) {
      const k = new Float64Array(1);
      prior.with(fromRows([a.x])).row(b.x, k);
      const own = decayCovariance(values, kappa(a.t), kappa(b.t), kappa(a.t + b.t));
      return (k[0] ?? 0) + (a.curve === b.curve ? own : 0);
    },
  };
}

/** Gauss-Jordan: A⁻¹ b and ln |A|. */
function solve(a: readonly number[][], b: readonly number[]): { x: number[]; logDeterminant: number } {
  const m = a.map((own, i) => [...own, b[i]!]);
  let logDeterminant = 0;
  for (let k = 0; k < m.length; k++) {
    const pivot = m[k]![k]!;
    logDeterminant += Math.log(pivot);
    m[k] = m[k]!.map((value) => value / pivot);
    for (let i = 0; i < m.length; i++) {
      const factor = m[i]![k]!;
      if (i !== k) m[i] = m[i]!.map((value, j) => value - factor * m[k]![j]!);
    }
  }
  return { x: m.map((own) => own.at(-1)!), logDeterminant };
}

/** The posterior at a place and the negative log likelihood, observation by observation. */
function bruteForce(data: CurveData, at: Place) {
  const { mean, covariance } = dense(fixed);
  const places = placesOf(data);
  const values = data.curves.flatMap((curve) => [...curve.values]);
  const a = places.map((p, i) => places.map((q, j) => covariance(p, q) + (i === j ? fixed.noise : 0)));
  const residuals = places.map((p, i) => values[i]! - mean(p));
  const { x: alpha, logDeterminant } = solve(a, residuals);
  const k = places.map((p) => covariance(p, at));
  const sum = (u: readonly number[], v: readonly number[]) => u.reduce((total, value, i) => total + value * v[i]!, 0);
  return {
    mean: mean(at) + sum(k, alpha),
    variance: covariance(at, at) - sum(k, solve(a, k).x),
    nll: 0.5 * (sum(residuals, alpha) + logDeterminant + places.length * Math.log(2 * Math.PI)),
  };
}

const close = ({ mean, variance }: { mean: number; variance: number }) => ({
  means: [expect.closeTo(mean, 6)],
  variance: expect.closeTo(variance, 6),
});
const plain = ({ means, variance }: Expected) => ({ means: [...means], variance });

const data = someCurves(6);
const fresh = { x: Float64Array.of(0.3, 0.9), curve: -1, t: END };

test('the likelihood is that of one Gaussian process of all observations', () => {
  const { negativeLogLikelihood } = conditionCurves(fixed, data)!.asymptotes;
  expect(negativeLogLikelihood).toBeCloseTo(bruteForce(data, fresh).nll, 6);
});

test('so are the forecasts of its curves and of new configurations', () => {
  const known = forecast(fixed, data, [], nothing)!;
  const brute = data.curves.map((_, curve) => bruteForce(data, { x: row(data.points, curve), curve, t: END }));
  expect(expectCurves(known, END).map(plain)).toEqual(brute.map(close));
  expect(expectNew(known, fromRows([fresh.x]), END).map(plain)).toEqual([close(bruteForce(data, fresh))]);
});

test('the gradient of the fit is that of finite differences', () => {
  const objective = curveFitObjective(model, someCurves(7));
  const rng = stream(3, 'codes', 0);
  for (let k = 0; k < 5; k++) {
    const codes = initialCodes(model.hyperparameters).map((code) => code + 0.5 * rng.normal());
    const gradient = objective(codes)!.gradient();
    const differences = codes.map((code, i) => {
      const moved = (h: number) => objective(codes.with(i, code + h))!.value;
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    expect([...gradient]).toEqual([...differences].map((own) => expect.closeTo(own, 4)));
  }
});

test('so is the gradient of a forecast by the configuration', () => {
  const known = forecast(fixed, data, [], nothing)!;
  const expectAt = expectNewAt(known, END);
  const value = (x: Float64Array) => 2 * expectAt(x).means[0]! + 3 * expectAt(x).variance;
  const out = new Float64Array(2);
  expectAt(fresh.x).addGradient(Float64Array.of(2), 3, out);
  const differences = fresh.x.map((u, i) => {
    const moved = (h: number) => value(fresh.x.with(i, u + h));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
  expect([...out]).toEqual([...differences].map((own) => expect.closeTo(own, 5)));
});

test('pending evaluations leave mean forecasts where they are, and make them surer', () => {
  const pending: readonly PendingTime[] = [
    { curve: 0, point: row(data.points, 0), time: 0.95 },
    { curve: undefined, point: fresh.x, time: 0.2 },
  ];
  const rng = stream(5, 'normals', 0);
  const columns = 4000;
  const normals: Matrix = {
    rows: columns,
    columns: 4,
    data: Float64Array.from({ length: 4 * columns }, () => rng.normal()),
  };
  const before = forecast(fixed, data, [], nothing)!;
  const after = forecast(fixed, data, pending, normals)!;
  const average = (own: Float64Array) => own.reduce((sum, value) => sum + value, 0) / own.length;
  for (const [i, { means, variance }] of expectCurves(after, END).slice(0, 6).entries()) {
    const was = expectCurves(before, END)[i]!;
    expect(average(means)).toBeCloseTo(was.means[0]!, 1);
    expect(variance).toBeLessThanOrEqual(was.variance + 1e-9);
    if (i > 0) continue;
    // What is forecast shortly before the end is spread as it was uncertain.
    const spread = average(means.map((value) => (value - average(means)) ** 2));
    expect(spread + variance).toBeCloseTo(was.variance, 1);
    expect(variance).toBeLessThan(0.5 * was.variance);
  }
  expect(expectCurves(after, END)).toHaveLength(7);
});

test('fitted to whole curves, the model sees the end of others from their beginning', () => {
  const curves = someCurves(30);
  const values = fitCurves(model, curves, { starts: 2, maxIterations: 40 }, stream(1, 'fit', 0))!;
  const known = forecast(model.at(values), curves, [], nothing)!;
  for (const [i, { means, variance }] of expectCurves(known, END).entries()) {
    const [x = 0, y = 0] = row(curves.points, i);
    const error = Math.abs(means[0]! - end(x, y) - Math.exp(-3 * END));
    expect(error).toBeLessThan(4 * Math.sqrt(variance) + 0.02);
    expect(error).toBeLessThan(0.2);
  }
});
