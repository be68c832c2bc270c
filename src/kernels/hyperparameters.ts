/**
 * What a Gaussian process is fitted by: named positive or real numbers. The fit runs over *codes*, the logarithms of
 * positive hyperparameters and the others as they are; derivatives are by the code everywhere.
 */
import { at } from '../linalg/matrix.ts';
import {
  FLAT,
  gammaPrior,
  type Hyperprior,
  logNormalPrior,
  logNormalWithMode,
  normalPrior,
  uniformPrior,
} from './hyperpriors.ts';

export interface Hyperparameter {
  readonly name: string;
  /** Where the fit starts. */
  readonly initial: number;
  /** The code is between those of these; −∞ and ∞ where it is free. */
  readonly min: number;
  readonly max: number;
  /** Log: the code is the logarithm. Identity: the value itself. */
  readonly code: 'Log' | 'Identity';
  readonly prior: Hyperprior;
  /** What each further start of a fit changes the code by, beside chance; 0 when left out. */
  readonly shift?: number;
}

export function encodeValue({ code }: Hyperparameter, value: number): number {
  return code === 'Log' ? Math.log(value) : value;
}

/** Codes from values, one of each per hyperparameter. */
export function encodeValues(hyperparameters: readonly Hyperparameter[], values: Float64Array): Float64Array {
  return Float64Array.from(hyperparameters, (own, i) => encodeValue(own, at(values, i)));
}

/** Values from codes, one of each per hyperparameter. */
export function decodeValues(hyperparameters: readonly Hyperparameter[], codes: Float64Array): Float64Array {
  return codes.map((code, i) => (hyperparameters[i]?.code === 'Log' ? Math.exp(code) : code));
}

export function initialCodes(hyperparameters: readonly Hyperparameter[]): Float64Array {
  return Float64Array.from(hyperparameters, (own) => encodeValue(own, own.initial));
}

/** Σ −log p of all values. */
export function penalty(hyperparameters: readonly Hyperparameter[], values: Float64Array): number {
  return hyperparameters.reduce((sum, { prior }, i) => sum + prior.penalty(at(values, i)), 0);
}

/** Adds the penalty's derivatives by the codes to a gradient. */
export function addPenaltyGradient(
  hyperparameters: readonly Hyperparameter[],
  values: Float64Array,
  gradient: Float64Array,
): void {
  for (const [i, { prior, code }] of hyperparameters.entries()) {
    const value = at(values, i);
    gradient[i] = at(gradient, i) + prior.slope(value) * (code === 'Log' ? value : 1);
  }
}

/**
 * σ², the variance of what is observed around the function. Few data are often explained in two ways, by a smooth
 * function and noise or by a rough one without: further starts look for the second, each with a tenth of the noise.
 */
export function noiseVariance(name = 'noise'): Hyperparameter {
  const shift = -Math.LN10;
  return { name, initial: 1e-3, min: 1e-9, max: 1e6, code: 'Log', prior: gammaPrior(0.1, 0.1), shift };
}

/** c, the variance of the function. */
export function covarianceScale(name = 'covarianceScale'): Hyperparameter {
  return { name, initial: 1, min: 1e-3, max: 1e3, code: 'Log', prior: logNormalPrior(0, 1) };
}

/** s, how fast the function varies along a coordinate. */
export function inverseBandwidth(name: string): Hyperparameter {
  return { name, initial: 1, min: 1e-4, max: 100, code: 'Log', prior: uniformPrior(1e-4, 100) };
}

/**
 * s with a prior whose mode is at `middle`, so that a fit to few data in many dimensions does not take every point to be
 * far from all others (Hvarfner et al. 2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions").
 */
export function scaledBandwidth(name: string, middle: number): Hyperparameter {
  const [min, max] = [1e-4 * middle, 1e2 * middle];
  return { name, initial: middle, min, max, code: 'Log', prior: logNormalWithMode(middle, 1) };
}

/** μ, of a constant mean function. */
export function constantMean(name = 'mean'): Hyperparameter {
  const { NEGATIVE_INFINITY: min, POSITIVE_INFINITY: max } = Number;
  return { name, initial: 0, min, max, code: 'Identity', prior: normalPrior(0, 1) };
}

/** a or b of an input warping. */
export function warpingPower(name: string): Hyperparameter {
  return { name, initial: 1, min: 0.25, max: 4, code: 'Log', prior: logNormalPrior(0, 0.75) };
}

/** A positive hyperparameter without a prior. */
export function positive(name: string, initial: number, [min, max]: readonly [number, number]): Hyperparameter {
  return { name, initial, min, max, code: 'Log', prior: FLAT };
}

/** A share in [0, 1] without a prior. */
export function share(name: string, initial: number): Hyperparameter {
  return { name, initial, min: 0, max: 1, code: 'Identity', prior: FLAT };
}
