import { describe, expect, test } from 'vitest';
import { logGamma } from './gamma.ts';
import {
  logNormalCdf,
  logNormalImprovement,
  normalCdf,
  normalDensity,
  normalImprovement,
  scaledErfc,
} from './normal.ts';

const relative = (actual: number, expected: number) => Math.abs(actual / expected - 1);

test.each([
  [0.001, 6.907178885383853],
  [0.1, 2.252712651734206],
  [0.5, 0.5723649429247001],
  [1.5, -0.12078223763524522],
  [3.7, 1.4280723266653879],
  [10.25, 13.368023671476045],
  [171.5, 709.1431630309282],
])('ln Γ(%f) = %f', (x, expected) => {
  expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)));
});

test.each([
  [0, 1.0],
  [0.01, 0.9888154610463425],
  [0.3, 0.7345993345676551],
  [1, 0.427583576155807],
  [2.5, 0.2108063640611436],
  [5, 0.11070463773306863],
  [12, 0.04685422101489376],
  [26, 0.021683584850562907],
  [10000, 5.641895807268084e-5],
])('exp(x²) erfc(x) at %f is %f', (x, expected) => {
  expect(relative(scaledErfc(x), expected)).toBeLessThan(1e-15);
});

/** Computed with 50 digits: u, Φ(u), ln Φ(u), h(u), ln h(u). */
describe.each([
  [-1000, 0, -500007.82669481216, 0, -500014.73445209116],
  [-60, 0, -1805.0135606805673, 0, -1809.1084601822722],
  [-37, 5.725571222524577e-300, -689.0305855768906, 1.5451991905122024e-301, -692.6429601632705],
  [-31, 2.6952500812005002e-211, -484.85396362717927, 8.676354134911034e-213, -488.2900233978372],
  [-29, 3.28978526670438e-185, -424.78741990973015, 1.1317268506135858e-186, -428.1570826442731],
  [-8.5, 9.479534822203318e-18, -39.19739642821767, 1.0863103279672944e-18, -41.36374474000802],
  [-3, 0.0013498980316300946, -6.607726221510349, 0.0003821543170477236, -7.869686059603029],
  [-1.01, 0.1562476450212546, -1.8563130623431785, 0.08174097625654621, -2.504199857480257],
  [-0.3, 0.3820885778110474, -0.9621028181688507, 0.26676124211720986, -1.3214012449190435],
  [0, 0.5, -Math.LN2, 0.3989422804014327, -0.9189385332046728],
  [0.5, 0.6914624612740131, -0.3689464152886564, 0.6977965574013061, -0.3598276837450638],
  [2, 0.9772498680518208, -0.02301290932896349, 2.0084907026168297, 0.6973835457882284],
  [9, 1.0, -1.1285884059538405e-19, 9.0, 2.1972245773362196],
])('at %f standard deviations', (u, ...expected) => {
  const [cdf, logCdf, improvement, logImprovement] = expected as [number, number, number, number];
  test('the distribution function and its logarithm are right', () => {
    expect(normalCdf(u)).toSatisfy((value: number) => (cdf === 0 ? value === 0 : relative(value, cdf) < 1e-13));
    expect(relative(logNormalCdf(u), logCdf)).toBeLessThan(1e-13);
  });

  test('the improvement and its logarithm are right', () => {
    expect(normalImprovement(u)).toSatisfy((v: number) =>
      improvement === 0 ? v === 0 : relative(v, improvement) < 1e-11,
    );
    expect(relative(logNormalImprovement(u), logImprovement)).toBeLessThan(1e-12);
  });
});

test('the density integrates to the distribution function', () => {
  const [from, to, steps] = [-3, 1.5, 20_000];
  const width = (to - from) / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += normalDensity(from + (i + 0.5) * width) * width;
  expect(sum).toBeCloseTo(normalCdf(to) - normalCdf(from), 9);
});
