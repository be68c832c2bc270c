/**
 * How gradients move the parameters. An optimizer's memory is a plain object, so that a checkpoint can hold it. Weight
 * decay shrinks the parameters by itself and is no part of the gradients (Loshchilov and Hutter 2019).
 */

/** Adam's usual constants (Kingma and Ba 2015). */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * @typedef {object} Memory
 * @property {number} steps taken so far
 * @property {Float64Array} mean running mean of the gradients; with sgd, the velocity
 * @property {Float64Array} square running mean of their squares; with sgd, unused and empty
 *
 * @typedef {object} Rates
 * @property {number} lr
 * @property {number} momentum of sgd
 * @property {number} weightDecay
 *
 * @typedef {(parameters: Float64Array, gradients: Float64Array, memory: Memory, rates: Rates) => void} Step
 */

/**
 * @param {string} optimizer
 * @param {number} size how many parameters
 * @returns {Memory}
 */
export function memory(optimizer, size) {
  return { steps: 0, mean: new Float64Array(size), square: new Float64Array(optimizer === 'adam' ? size : 0) };
}

/** @type {Step} */
function sgd(parameters, gradients, { mean }, { lr, momentum, weightDecay }) {
  for (let i = 0; i < parameters.length; i++) {
    mean[i] = momentum * mean[i] + gradients[i];
    parameters[i] -= lr * (mean[i] + weightDecay * parameters[i]);
  }
}

/** @type {Step} */
function adam(parameters, gradients, memory, { lr, weightDecay }) {
  const { mean, square } = memory;
  memory.steps++;
  const unbiasedMean = 1 / (1 - BETA1 ** memory.steps);
  const unbiasedSquare = 1 / (1 - BETA2 ** memory.steps);
  for (let i = 0; i < parameters.length; i++) {
    mean[i] = BETA1 * mean[i] + (1 - BETA1) * gradients[i];
    square[i] = BETA2 * square[i] + (1 - BETA2) * gradients[i] ** 2;
    const step = (mean[i] * unbiasedMean) / (Math.sqrt(square[i] * unbiasedSquare) + EPSILON);
    parameters[i] -= lr * (step + weightDecay * parameters[i]);
  }
}

export const OPTIMIZERS = { sgd, adam };
