import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers. Each method takes a fixed number of draws, so what comes later never depends on the values. */
export interface Rng {
  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number;
  /** A uniform integer in [0, bound); bound: a positive safe integer. The bias is below bound · 2⁻⁵³. */
  int(bound: number): number;
  /** Standard normal; takes two draws. */
  normal(): number;
}

const TWO_32 = 2 ** 32;
const TWO_M53 = 2 ** -53;

/**
 * The stream of random numbers for one purpose: the same (seed, purpose, n) gives the same numbers on any machine, and
 * streams that differ in any of the three are unrelated. seed and n: any safe integer.
 */
export function stream(seed: number, purpose: string, n: number): Rng {
  const generator = xoroshiro128plusFromState(digest([...words(seed), ...words(n), ...characters(purpose)]));
  const uniform = (): number => {
    // Bits from the top: the lowest bits of this generator are its weakest.
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 2 ** 26 + low) * TWO_M53;
  };
  return {
    uniform,
    int: (bound) => Math.floor(uniform() * bound),
    // Box and Muller's transform, without its second value: a stream holds no state but the generator's.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

function words(integer: number): number[] {
  return [integer | 0, Math.floor(integer / TWO_32) | 0];
}

function characters(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** One odd constant per lane, so that the lanes hash differently. */
const LANES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** Hashes 32-bit words to a generator's state of four 32-bit words: each lane multiplies and rotates, then avalanches. */
function digest(input: readonly number[]): number[] {
  const state = LANES.map((lane) => {
    let hash = lane ^ input.length;
    for (const word of input) {
      hash = Math.imul(hash ^ avalanche(word ^ lane), 0x2c1b3c6d);
      hash = ((hash << 13) | (hash >>> 19)) + lane;
    }
    return avalanche(hash);
  });
  return state.every((word) => word === 0) ? [...LANES] : state;
}

/** Spreads each bit of a 32-bit word over all of them; a bijection (the finalizer of MurmurHash3). */
function avalanche(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
