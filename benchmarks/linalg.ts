/**
 * Times the engine's linear algebra and fits: `node benchmarks/linalg.ts [SIZE,SIZE,…]`. Single-threaded. What LAPACK
 * takes for the same matrices: lapack.py.
 */
import { fitModel, fitObjective } from '../src/gp/fit.ts';
import { modelOf } from '../src/gp/model.ts';
import { condition, predict } from '../src/gp/posterior.ts';
import { initialCodes } from '../src/kernels/hyperparameters.ts';
import { JOINT_KERNELS } from '../src/kernels/registry.ts';
import { factorize } from '../src/linalg/cholesky.ts';
import { invert } from '../src/linalg/inverse.ts';
import { at, fromRows, type Matrix, row, zeros } from '../src/linalg/matrix.ts';
import { solveLower } from '../src/linalg/triangular.ts';
import { stream } from '../src/rng.ts';
import { encodeResource } from '../src/space/space.ts';

const MIN_MS = 300;
const BATCH_MS = 5;
const DIMENSION = 8;
const MAX_RESOURCE = 81;
const LEVELS = [1, 3, 9, 27, 81];
const FITTED_UP_TO = 1000;

/** The least processor time per call in ms: what other processes disturb only takes longer. */
function time(run: () => void): number {
  run();
  let least = Number.POSITIVE_INFINITY;
  for (let used = 0; used < MIN_MS; ) {
    let calls = 0;
    const start = process.cpuUsage();
    let own = 0;
    for (; own < BATCH_MS; calls++) {
      run();
      const { user, system } = process.cpuUsage(start);
      own = (user + system) / 1000;
    }
    used += own;
    least = Math.min(least, own / calls);
  }
  return least;
}

function covariance(n: number): Matrix {
  const matrix = zeros(n, n);
  matrix.data.forEach((_, e) => {
    const [i, j] = [Math.floor(e / n), e % n];
    matrix.data[e] = Math.exp(-Math.abs(i - j) / 50) + (i === j ? 0.1 : 0);
  });
  return matrix;
}

function filled(matrix: Matrix, data: Float64Array): Matrix {
  for (let at = 0; at < matrix.data.length; at += data.length) matrix.data.set(data, at);
  return matrix;
}

/** The plain way, for comparison: each entry of L from a dot product of two rows. */
function rowByRow({ data, rows: n }: Matrix): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(data, i * n + j);
      for (let k = 0; k < j; k++) sum -= at(data, i * n + k) * at(data, j * n + k);
      data[i * n + j] = i === j ? Math.sqrt(sum) : sum / at(data, j * n + j);
    }
  }
}

function learningCurves(n: number) {
  const rng = stream(1, 'benchmark', n);
  const rows: number[][] = [];
  const values: number[] = [];
  while (rows.length < n) {
    const config = Array.from({ length: DIMENSION }, () => rng.uniform());
    const asymptote = config.reduce((sum, x) => sum + Math.sin(5 * x), 0);
    const reached = LEVELS.filter((_, k) => rng.uniform() < 3 ** -k || k === 0);
    for (const r of reached.slice(0, n - rows.length)) {
      rows.push([...config, encodeResource(r, MAX_RESOURCE)]);
      values.push(asymptote + 2 / Math.sqrt(r) + 0.1 * rng.normal());
    }
  }
  const mean = values.reduce((sum, y) => sum + y, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / n);
  return { points: fromRows(rows), targets: fromRows([values.map((y) => (y - mean) / deviation)]) };
}

const format = (ms: number) => `${ms.toPrecision(3)} ms`.padStart(10);
const rate = (flops: number, ms: number) => `${(flops / ms / 1e6).toFixed(1)} GFlop/s`.padStart(13);

for (const n of (process.argv[2] ?? '100,300,1000,3000').split(',').map(Number)) {
  const a = covariance(n);
  const work = zeros(n, n);
  const fresh = () => filled(work, a.data);
  const copying = time(() => void fresh());
  const report = (what: string, ms: number, flops = 0) =>
    console.log(`n=${String(n).padEnd(5)} ${what.padEnd(34)} ${format(ms)} ${flops > 0 ? rate(flops, ms) : ''}`);

  if (n <= FITTED_UP_TO) report('Cholesky row by row', time(() => rowByRow(fresh())) - copying, n ** 3 / 3);
  report('Cholesky', time(() => void factorize(fresh())) - copying, n ** 3 / 3);
  const factor = { ...a, data: a.data.slice() };
  factorize(factor);
  report('inverse of a factor', time(() => invert(filled(work, factor.data))) - copying, (2 * n ** 3) / 3);
  const one = zeros(1, n);
  const ones = new Float64Array(n).fill(1);
  report(
    'one system',
    time(() => solveLower(factor, filled(one, ones))),
    n ** 2,
  );
  const many = zeros(250, n);
  report(
    '250 systems',
    time(() => solveLower(factor, filled(many, ones))),
    250 * n ** 2,
  );

  const data = learningCurves(n);
  for (const name of ['Matern52', 'ExpDecaySum'] as const) {
    const domain = { dimension: DIMENSION, warped: [], maxResource: MAX_RESOURCE, levels: LEVELS };
    const model = modelOf(JOINT_KERNELS[name](domain));
    const objective = fitObjective(model, data);
    const codes = initialCodes(model.hyperparameters);
    report(
      `${name}: likelihood`,
      time(() => void objective(codes)),
    );
    report(
      `${name}: likelihood and gradient`,
      time(() => void objective(codes)?.gradient()),
    );
    if (n > FITTED_UP_TO) continue;
    const start = performance.now();
    const found = fitModel(model, data, { starts: 1, maxIterations: 50 }, stream(1, 'fit', 0));
    report(`${name}: fit, one start`, performance.now() - start);
    const posterior = found && condition(model.at(found.values), data.points, data.targets);
    const candidates = fromRows(Array.from({ length: 250 }, (_, i) => row(data.points, i % n)));
    if (posterior)
      report(
        `${name}: 250 predictions`,
        time(() => void predict(posterior, candidates)),
      );
  }
}
