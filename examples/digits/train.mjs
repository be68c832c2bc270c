#!/usr/bin/env node
/**
 * Trains a small neural network to read handwritten digits, and prints one JSON object per epoch.
 *
 *     node train.mjs --lr=0.003 --units=64 --epochs=27
 *
 * Nothing in here knows about the search that may have started it: settings come as flags, results leave as lines on
 * standard output. Where ABOHB_CHECKPOINT_DIR names a folder, the run is saved there after each epoch and continued
 * from there when it is started again.
 */
import { save, saved } from './checkpoint.mjs';
import { CLASSES, digits, PIXELS } from './digits.mjs';
import { backward, dropout, forward, initialize, network } from './network.mjs';
import { memory, OPTIMIZERS } from './optimizers.mjs';
import { generator, permutation } from './random.mjs';
import { settings, UsageError } from './settings.mjs';

/** The exit status for a wrong command line (EX_USAGE of sysexits.h). */
const EXIT_USAGE = 64;

/**
 * Everything that changes while training, and so everything that a checkpoint holds.
 * @typedef {object} State
 * @property {number} epoch finished last; 0 before the first
 * @property {string} report of that epoch
 * @property {Float64Array} parameters of the network
 * @property {import('./optimizers.mjs').Memory} memory of the optimizer
 * @property {Uint32Array} random
 */

/** @typedef {import('./settings.mjs').Settings} Settings */
/** @typedef {import('./network.mjs').Network} Network */
/** @typedef {import('./digits.mjs').Examples} Examples */

/**
 * @param {Settings} chosen
 * @param {string | undefined} folder for the checkpoint
 */
function train(chosen, folder) {
  const { training, validation } = digits();
  const hidden = Array(chosen.layers).fill(chosen.units);
  const net = network([PIXELS, ...hidden, CLASSES], Math.max(chosen.batch, validation.size));
  const state = resumed(net, chosen, folder) ?? fresh(net, chosen);

  while (state.epoch < chosen.epochs) {
    const loss = trainEpoch(net, training, state, chosen);
    state.epoch++;
    state.report = report({ epoch: state.epoch, val_error: errorRate(net, validation), train_loss: loss });
    console.log(state.report);
    if (folder) save(folder, { ...state, identity: identity(chosen) });
  }
}

/**
 * @param {Network} net its parameters are drawn
 * @param {Settings} chosen
 * @returns {State}
 */
function fresh(net, { seed, optimizer }) {
  const random = generator(seed);
  initialize(net, random);
  const { parameters } = net;
  return { epoch: 0, report: '', parameters, memory: memory(optimizer, parameters.length), random };
}

/**
 * Continues a saved run. Its last report is printed again: the process may have been killed before anyone read it.
 * @param {Network} net its parameters are overwritten
 * @param {Settings} chosen
 * @param {string | undefined} folder
 * @returns {State | undefined} undefined if nothing was saved
 */
function resumed(net, chosen, folder) {
  if (!folder) return undefined;
  const state = /** @type {State & { identity: string } | undefined} */ (saved(folder));
  if (!state) return undefined;
  if (state.identity !== identity(chosen)) {
    throw new UsageError(`the checkpoint in ${folder} is of other settings: ${state.identity}`);
  }
  net.parameters.set(state.parameters);
  console.log(state.report);
  return { ...state, parameters: net.parameters };
}

/**
 * What makes two runs the same run: all settings but how long it lasts.
 * @param {Settings} chosen
 */
function identity({ epochs: _, ...others }) {
  return JSON.stringify(others);
}

/**
 * One pass over the training examples in random order, a step of the optimizer after each batch.
 * @param {Network} net
 * @param {Examples} training
 * @param {State} state
 * @param {Settings} chosen
 * @returns {number} the mean loss
 */
function trainEpoch(net, training, { memory, random }, chosen) {
  const step = OPTIMIZERS[chosen.optimizer];
  const drop = chosen.dropout > 0 ? dropout(chosen.dropout, random) : undefined;
  const order = permutation(training.size, random);
  let loss = 0;
  for (let start = 0; start < order.length; start += chosen.batch) {
    const { images, labels } = pick(training, order.subarray(start, start + chosen.batch));
    forward(net, images, labels.length, drop);
    loss += backward(net, images, labels, chosen.dropout);
    step(net.parameters, net.gradients, memory, chosen);
  }
  return loss / training.size;
}

/**
 * @param {Examples} examples
 * @param {Uint32Array} indexes
 * @returns {Examples} those examples, in that order
 */
function pick({ images, labels }, indexes) {
  const picked = new Float64Array(indexes.length * PIXELS);
  indexes.forEach((index, i) => {
    picked.set(images.subarray(index * PIXELS, (index + 1) * PIXELS), i * PIXELS);
  });
  return { size: indexes.length, images: picked, labels: Uint8Array.from(indexes, (index) => labels[index]) };
}

/**
 * The share of the examples whose greatest logit is not their label's; NaN once the network computes no numbers.
 * @param {Network} net
 * @param {Examples} examples
 */
function errorRate(net, { size, images, labels }) {
  const logits = forward(net, images, size);
  let wrong = 0;
  for (let example = 0; example < size; example++) {
    const row = logits.subarray(example * CLASSES, (example + 1) * CLASSES);
    if (!row.every(Number.isFinite)) return Number.NaN;
    if (row.indexOf(Math.max(...row)) !== labels[example]) wrong++;
  }
  return wrong / size;
}

/**
 * A JSON object, but for one liberty: training that diverged prints NaN, where JSON.stringify would hide it as null.
 * @param {Record<string, number>} values
 */
function report(values) {
  const members = Object.entries(values).map(([name, value]) => `"${name}": ${Number(value.toPrecision(6))}`);
  return `{${members.join(', ')}}`;
}

try {
  train(settings(process.argv.slice(2)), process.env['ABOHB_CHECKPOINT_DIR']);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`train.mjs: ${error.message}`);
  process.exitCode = EXIT_USAGE;
}
