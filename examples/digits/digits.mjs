/** The handwritten digits, split into examples to train on and examples to validate on. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { generator, permutation } from './random.mjs';

export const PIXELS = 64;
export const CLASSES = 10;

/** The greatest value of a pixel in the file. */
const WHITE = 16;

const TRAINING_SHARE = 0.6;

/** The split has a seed of its own: whatever the seed of the training, all networks are judged by the same examples. */
const SPLIT_SEED = 1998;

/**
 * @typedef {object} Examples
 * @property {number} size how many
 * @property {Float64Array} images size×64, row-major, from 0 to 1
 * @property {Uint8Array} labels size; the digit shown, 0 to 9
 */

/**
 * Reads the file beside this module. The split is the same every time, and each digit has the same share in both parts.
 * @returns {{ training: Examples, validation: Examples }}
 */
export function digits() {
  const text = gunzipSync(readFileSync(new URL('digits.csv.gz', import.meta.url))).toString();
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));

  const training = [];
  const validation = [];
  const random = generator(SPLIT_SEED);
  for (let digit = 0; digit < CLASSES; digit++) {
    const sameDigit = rows.filter((row) => row[PIXELS] === digit);
    const shuffled = Array.from(permutation(sameDigit.length, random), (i) => sameDigit[i]);
    const cut = Math.round(TRAINING_SHARE * shuffled.length);
    training.push(...shuffled.slice(0, cut));
    validation.push(...shuffled.slice(cut));
  }
  return { training: examples(training), validation: examples(validation) };
}

/**
 * @param {number[][]} rows 64 pixels and the label each
 * @returns {Examples}
 */
function examples(rows) {
  return {
    size: rows.length,
    images: Float64Array.from(rows.flatMap((row) => row.slice(0, PIXELS).map((pixel) => pixel / WHITE))),
    labels: Uint8Array.from(rows, (row) => row[PIXELS]),
  };
}
