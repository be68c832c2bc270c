/**
 * A multi-layer perceptron: rectified linear units, dropout behind each hidden layer, softmax and cross-entropy at the
 * end. All weights and biases lie in one flat array and all gradients in another, so that an optimizer need not know
 * about layers.
 */
import { normal, uniform } from './random.mjs';

/**
 * @typedef {object} Layer
 * @property {number} inputs
 * @property {number} outputs
 * @property {Float64Array} weights outputs×inputs, row-major: a view of the network's parameters, as are the biases
 * @property {Float64Array} biases outputs
 * @property {Float64Array} weightGradients outputs×inputs: a view of the network's gradients, as are those of the biases
 * @property {Float64Array} biasGradients outputs
 * @property {Float64Array} values batch×outputs: what the layer computed last
 * @property {Float64Array} errors batch×outputs: derivatives of the summed loss by the layer's sums
 */

/**
 * @typedef {object} Network
 * @property {Layer[]} layers
 * @property {Float64Array} parameters
 * @property {Float64Array} gradients as long as parameters
 */

/**
 * @param {number[]} widths of the input, each hidden layer and the output
 * @param {number} batch the most examples given at once
 * @returns {Network} with all parameters 0
 */
export function network(widths, batch) {
  const shapes = widths.slice(1).map((outputs, i) => ({ inputs: widths[i], outputs }));
  const size = shapes.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);
  const parameters = new Float64Array(size);
  const gradients = new Float64Array(size);
  let start = 0;
  const layers = shapes.map(({ inputs, outputs }) => {
    const middle = start + inputs * outputs;
    const end = middle + outputs;
    const layer = {
      inputs,
      outputs,
      weights: parameters.subarray(start, middle),
      biases: parameters.subarray(middle, end),
      weightGradients: gradients.subarray(start, middle),
      biasGradients: gradients.subarray(middle, end),
      values: new Float64Array(batch * outputs),
      errors: new Float64Array(batch * outputs),
    };
    start = end;
    return layer;
  });
  return { layers, parameters, gradients };
}

/**
 * Draws the weights so that signals keep their size from layer to layer (He et al. 2015).
 * @param {Network} net
 * @param {Uint32Array} random
 */
export function initialize({ layers }, random) {
  for (const { weights, inputs } of layers) {
    for (let i = 0; i < weights.length; i++) weights[i] = normal(random) * Math.sqrt(2 / inputs);
  }
}

/**
 * Computes all layers' values; the last layer's are the logits.
 * @param {Network} net
 * @param {Float64Array} images count×64
 * @param {number} count how many examples
 * @param {(hidden: Float64Array) => void} [drop] applied to each hidden layer's values
 * @returns {Float64Array} count×10
 */
export function forward({ layers }, images, count, drop) {
  let values = images;
  for (const layer of layers) {
    affine(layer, values, count);
    values = layer.values.subarray(0, count * layer.outputs);
    if (layer !== layers.at(-1)) {
      for (let i = 0; i < values.length; i++) values[i] = Math.max(values[i], 0);
      drop?.(values);
    }
  }
  return values;
}

/**
 * Dropout: sets a share of the values to 0 and enlarges the others, so that their expected sum stays.
 * @param {number} share in [0, 1)
 * @param {Uint32Array} random
 * @returns {(values: Float64Array) => void}
 */
export function dropout(share, random) {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = uniform(random) < share ? 0 : values[i] / (1 - share);
  };
}

/**
 * Fills the gradients of the mean loss over the examples given to `forward` last.
 * @param {Network} net
 * @param {Float64Array} images count×64, those given to `forward`
 * @param {Uint8Array} labels count
 * @param {number} share of the hidden values that was dropped
 * @returns {number} the summed loss
 */
export function backward({ layers, gradients }, images, labels, share) {
  const count = labels.length;
  gradients.fill(0);
  const loss = softmaxErrors(/** @type {Layer} */ (layers.at(-1)), labels);
  for (let l = layers.length - 1; l >= 0; l--) {
    const below = layers[l - 1];
    accumulate(layers[l], below ? below.values : images, count);
    if (!below) continue;
    propagate(layers[l], below, count);
    gate(below, count * below.outputs, 1 / (1 - share));
  }
  for (let i = 0; i < gradients.length; i++) gradients[i] /= count;
  return loss;
}

/**
 * values = inputs · weightsᵀ + biases
 * @param {Layer} layer
 * @param {Float64Array} input count×inputs
 * @param {number} count
 */
function affine({ inputs, outputs, weights, biases, values }, input, count) {
  for (let example = 0; example < count; example++) {
    const from = example * inputs;
    for (let unit = 0; unit < outputs; unit++) {
      const row = unit * inputs;
      let sum = biases[unit];
      for (let i = 0; i < inputs; i++) sum += weights[row + i] * input[from + i];
      values[example * outputs + unit] = sum;
    }
  }
}

/**
 * The derivative of the cross-entropy by the logits is softmax(logits) minus the label's indicator.
 * @param {Layer} layer the last
 * @param {Uint8Array} labels
 * @returns {number} the summed cross-entropy, in nats
 */
function softmaxErrors({ outputs, values, errors }, labels) {
  let loss = 0;
  for (let example = 0; example < labels.length; example++) {
    const from = example * outputs;
    const logits = values.subarray(from, from + outputs);
    const greatest = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
    for (let unit = 0; unit < outputs; unit++) errors[from + unit] = Math.exp(logits[unit] - greatest) / total;
    errors[from + labels[example]] -= 1;
    loss += Math.log(total) + greatest - logits[labels[example]];
  }
  return loss;
}

/**
 * Adds errorsᵀ · input to the layer's gradients. Many errors are 0 (units at rest or dropped): their rows are skipped.
 * @param {Layer} layer
 * @param {Float64Array} input count×inputs
 * @param {number} count
 */
function accumulate({ inputs, outputs, errors, weightGradients, biasGradients }, input, count) {
  for (let example = 0; example < count; example++) {
    const from = example * inputs;
    for (let unit = 0; unit < outputs; unit++) {
      const error = errors[example * outputs + unit];
      if (error === 0) continue;
      const row = unit * inputs;
      biasGradients[unit] += error;
      for (let i = 0; i < inputs; i++) weightGradients[row + i] += error * input[from + i];
    }
  }
}

/**
 * Fills the errors of the layer below with errors · weights.
 * @param {Layer} layer
 * @param {Layer} below
 * @param {number} count
 */
function propagate({ inputs, outputs, errors, weights }, below, count) {
  const into = below.errors.subarray(0, count * inputs).fill(0);
  for (let example = 0; example < count; example++) {
    const from = example * inputs;
    for (let unit = 0; unit < outputs; unit++) {
      const error = errors[example * outputs + unit];
      if (error === 0) continue;
      const row = unit * inputs;
      for (let i = 0; i < inputs; i++) into[from + i] += error * weights[row + i];
    }
  }
}

/**
 * Sets the errors of units that were at rest or dropped to 0, and enlarges the others as dropout enlarged their values.
 * @param {Layer} layer
 * @param {number} size how many values
 * @param {number} gain
 */
function gate({ values, errors }, size, gain) {
  for (let i = 0; i < size; i++) errors[i] = values[i] === 0 ? 0 : errors[i] * gain;
}
