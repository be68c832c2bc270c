import { expect, test } from 'vitest';

/** Plain JavaScript beside this file, imported by address: it has no types to check against. */
const load = (name: string) => import(new URL(name, import.meta.url).href);
const { network, initialize, forward, backward, dropout } = await load('network.mjs');
const { generator, uniform } = await load('random.mjs');

const WIDTHS = [5, 4, 3, 3];
const EXAMPLES = 6;
const SEED = 3;

/** A small network with some examples, and its loss under the same dropout every time it is asked. */
function setting(share: number) {
  const random = generator(SEED);
  const net = network(WIDTHS, EXAMPLES + 2);
  initialize(net, random);
  // No bias is 0: a unit whose inputs are all dropped would stand on the kink of its activation, where no slope is.
  net.parameters.forEach((value: number, i: number) => {
    net.parameters[i] = value + 0.1 + 0.1 * uniform(random);
  });
  const images = Float64Array.from({ length: EXAMPLES * 5 }, () => uniform(random));
  const labels = Uint8Array.from({ length: EXAMPLES }, () => Math.floor(uniform(random) * 3));
  const meanLoss = (): number => {
    forward(net, images, EXAMPLES, dropout(share, generator(SEED)));
    return backward(net, images, labels, share) / EXAMPLES;
  };
  return { parameters: net.parameters as Float64Array, gradients: net.gradients as Float64Array, meanLoss };
}

/** Central difference of f by x[i]. */
function slope(f: () => number, x: Float64Array, i: number): number {
  const middle = x[i]!;
  const [above, below] = [1e-6, -1e-6].map((step) => {
    x[i] = middle + step;
    return f();
  });
  x[i] = middle;
  return (above! - below!) / 2e-6;
}

test.each([0, 0.3])('with dropout %d the gradients are the slopes of the mean loss', (share) => {
  const { parameters, gradients, meanLoss } = setting(share);
  meanLoss();
  const computed = Float64Array.from(gradients);
  const measured = computed.map((_, i) => slope(meanLoss, parameters, i));
  expect(computed.some((gradient) => gradient !== 0)).toBe(true);
  expect(Math.max(...computed.map((gradient, i) => Math.abs(gradient - measured[i]!)))).toBeLessThan(1e-7);
});
