/**
 * Random numbers whose whole state is four 32-bit words, so that a checkpoint can hold it: the generator "sfc32" of
 * Chris Doty-Humphrey's PractRand.
 */

/** How many outputs to throw away, so that similar seeds give unrelated streams. */
const WARM_UP = 15;

/**
 * A fresh generator.
 * @param {number} seed any integer
 * @returns {Uint32Array} its state; the functions below advance it
 */
export function generator(seed) {
  const state = Uint32Array.of(0, Math.floor(seed / 2 ** 32), seed, 1);
  for (let i = 0; i < WARM_UP; i++) uniform(state);
  return state;
}

/**
 * A number in [0, 1).
 * @param {Uint32Array} state
 */
export function uniform(state) {
  const [a, b, c, counter] = state;
  const output = (a + b + counter) >>> 0;
  state[0] = b ^ (b >>> 9);
  state[1] = c + (c << 3);
  state[2] = ((c << 21) | (c >>> 11)) + output;
  state[3] = counter + 1;
  return output / 2 ** 32;
}

/**
 * A number from the standard normal distribution (Box and Muller).
 * @param {Uint32Array} state
 */
export function normal(state) {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(state)));
  return radius * Math.cos(2 * Math.PI * uniform(state));
}

/**
 * The integers 0 … size-1 in random order (Fisher and Yates).
 * @param {number} size
 * @param {Uint32Array} state
 */
export function permutation(size, state) {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(uniform(state) * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
