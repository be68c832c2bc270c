/** What the command line may say. */
import { parseArgs } from 'node:util';

/** A command line that cannot be obeyed; the message is one line for the user. */
export class UsageError extends Error {}

/**
 * @typedef {object} Settings
 * @property {number} lr
 * @property {number} units in each hidden layer
 * @property {number} layers how many are hidden
 * @property {number} batch examples per step
 * @property {'sgd' | 'adam'} optimizer
 * @property {number} momentum
 * @property {number} dropout
 * @property {number} weightDecay
 * @property {number} epochs to train for in all, those of earlier runs included
 * @property {number} seed
 */

/** Each flag: its value when it is not given, and how its text is read. */
const FLAGS = {
  lr: { fallback: 0.003, read: real((x) => x > 0, 'a number above 0') },
  units: { fallback: 64, read: integer(1, 4096) },
  layers: { fallback: 1, read: integer(1, 2) },
  batch: { fallback: 32, read: integer(1, 1024) },
  optimizer: { fallback: 'adam', read: oneOf('sgd', 'adam') },
  momentum: { fallback: 0, read: real((x) => x >= 0 && x < 1, 'a number from 0 to below 1') },
  dropout: { fallback: 0, read: real((x) => x >= 0 && x < 1, 'a number from 0 to below 1') },
  'weight-decay': { fallback: 0, read: real((x) => x >= 0, 'a number from 0 up') },
  epochs: { fallback: 27, read: integer(1, 100_000) },
  seed: { fallback: 1, read: integer(0, Number.MAX_SAFE_INTEGER) },
};

/**
 * @param {string[]} args
 * @returns {Settings}
 * @throws {UsageError} for an unknown flag or a value out of its range
 */
export function settings(args) {
  const given = flags(args);
  const value = Object.fromEntries(Object.entries(FLAGS).map(([name, flag]) => [name, read(name, flag, given[name])]));
  const { 'weight-decay': weightDecay, ...others } = value;
  return /** @type {Settings} */ ({ ...others, weightDecay });
}

/**
 * @param {string[]} args
 * @returns {Record<string, string | undefined>}
 */
function flags(args) {
  const options = Object.fromEntries(
    Object.keys(FLAGS).map((name) => [name, { type: /** @type {const} */ ('string') }]),
  );
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message, { cause: error });
  }
}

/**
 * A flag with empty text counts as not given: a study leaves a parameter empty that does not apply to a configuration
 * (the momentum of adam).
 * @param {string} name
 * @param {{ fallback: unknown, read: Reader }} flag
 * @param {string} [text]
 */
function read(name, flag, text = '') {
  if (text === '') return flag.fallback;
  const { value, expected } = flag.read(text);
  if (value === undefined) throw new UsageError(`--${name} must be ${expected}, not "${text}"`);
  return value;
}

/** @typedef {(text: string) => { value: unknown, expected: string }} Reader gives value undefined where it cannot read */

/**
 * @param {(value: number) => boolean} allows
 * @param {string} expected
 * @returns {Reader}
 */
function real(allows, expected) {
  return (text) => {
    const value = Number(text);
    return { value: Number.isFinite(value) && allows(value) ? value : undefined, expected };
  };
}

/**
 * @param {number} min
 * @param {number} max
 * @returns {Reader}
 */
function integer(min, max) {
  return real((x) => Number.isSafeInteger(x) && x >= min && x <= max, `an integer from ${min} to ${max}`);
}

/**
 * @param {string[]} choices
 * @returns {Reader}
 */
function oneOf(...choices) {
  return (text) => ({ value: choices.find((choice) => choice === text), expected: choices.join(' or ') });
}
