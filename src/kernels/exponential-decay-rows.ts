/** Rows of the exponential-decay kernels; formulas and notation: exponential-decay.ts. */
import { at, type Matrix } from '../linalg/matrix.ts';
import type { Curve } from './exponential-decay.ts';
import type { Covariances, Layout } from './kernel.ts';
import type { Decay } from './power-decay.ts';

export interface DecayRowsOptions {
  /** kₓ(x, Xⱼ). */
  readonly covariances: Covariances;
  readonly curves: Curve;
  readonly own: Layout;
  readonly dimension: number;
  /** ρ of each point. */
  readonly resources: Float64Array;
  /** Where curves are independent: the points, to tell configurations apart. */
  readonly configs: Matrix | undefined;
}

export class DecayRows implements Covariances {
  readonly #options: DecayRowsOptions;
  /** κ at the distinct resources, and the place of each point's resource among them. */
  readonly #levels: readonly { readonly resource: number; readonly decay: Decay }[];
  readonly #levelOf: Uint32Array;

  constructor(options: DecayRowsOptions) {
    this.#options = options;
    const places = new Map<number, number>();
    for (const resource of options.resources) if (!places.has(resource)) places.set(resource, places.size);
    this.#levels = Array.from(places.keys(), (resource) => ({ resource, decay: options.curves.decay(resource) }));
    this.#levelOf = Uint32Array.from(options.resources, (resource) => places.get(resource) ?? 0);
  }

  row(x: Float64Array, out: Float64Array): void {
    const { covariances, curves } = this.#options;
    const pairs = this.#pairs(x);
    const factors = Float64Array.from(pairs, ({ factor }) => factor);
    const terms = Float64Array.from(pairs, ({ term }) => term * curves.height ** 2);
    const isSame = this.#sameConfigs(x, out.length);
    covariances.row(x, out);
    for (let j = 0; j < out.length; j++) {
      const level = this.#levelOf[j] as number;
      out[j] = at(out, j) * at(factors, level) + at(isSame, j) * at(terms, level);
    }
  }

  addGradient(x: Float64Array, weights: Float64Array, gradient: Float64Array): void {
    const { covariances, own } = this.#options;
    const pairs = this.#pairs(x);
    const kx = new Float64Array(weights.length);
    covariances.row(x, kx);
    const isSame = this.#sameConfigs(x, weights.length);
    const scaled = new Float64Array(weights.length);
    // Per level: Σ weight · kₓ, and Σ weight where the second term counts.
    const byFactor = new Float64Array(pairs.length);
    const byTerm = new Float64Array(pairs.length);
    for (let j = 0; j < weights.length; j++) {
      const level = this.#levelOf[j] as number;
      scaled[j] = at(weights, j) * (pairs[level]?.factor ?? 0);
      byFactor[level] = at(byFactor, level) + at(weights, j) * at(kx, j);
      byTerm[level] = at(byTerm, level) + at(weights, j) * at(isSame, j);
    }
    covariances.addGradient(x, scaled, own.slice(gradient, 2));
    for (const [level, pair] of pairs.entries()) this.#addCurve(pair, at(byFactor, level), at(byTerm, level), gradient);
  }

  addInputGradient(x: Float64Array, weights: Float64Array, out: Float64Array): void {
    const { covariances, curves, dimension } = this.#options;
    const { delta, height } = curves;
    const pairs = this.#pairs(x);
    const kx = new Float64Array(weights.length);
    covariances.row(x, kx);
    const isSame = this.#sameConfigs(x, weights.length);
    const scaled = new Float64Array(weights.length);
    let byResource = 0;
    for (let j = 0; j < weights.length; j++) {
      const pair = pairs[this.#levelOf[j] as number];
      if (pair === undefined) continue;
      scaled[j] = at(weights, j) * pair.factor;
      const factorSlope = -delta * (pair.one.slope - delta * pair.both.slope);
      const termSlope = pair.both.slope - pair.one.slope * pair.other.value;
      byResource += at(weights, j) * (at(kx, j) * factorSlope + at(isSame, j) * termSlope * height ** 2);
    }
    covariances.addInputGradient(x, scaled, out);
    out[dimension] = at(out, dimension) + byResource;
  }

  /** Derivatives by α, λ, γ, δ and μ for all points of one level. */
  #addCurve({ one, other, both, term }: Pair, byFactor: number, byTerm: number, gradient: Float64Array): void {
    const { gamma, delta, isDeltaFree, mean, height } = this.#options.curves;
    for (const [i, by] of (['byLogAlpha', 'byLogLambda'] as const).entries()) {
      const factor = -delta * (one[by] + other[by] - delta * both[by]);
      const change = both[by] - one[by] * other.value - one.value * other[by];
      gradient[i] = at(gradient, i) + byFactor * factor + byTerm * change * height ** 2;
    }
    const byHeight = 2 * byTerm * term * height;
    gradient[2] = at(gradient, 2) + byHeight * gamma;
    if (isDeltaFree) {
      const factor = -(one.value + other.value) + 2 * delta * both.value;
      gradient[3] = at(gradient, 3) + byFactor * factor - byHeight * mean;
    }
    const byMean = this.#options.own.slice(gradient, 3);
    byMean[0] = at(byMean, 0) - byHeight * delta;
  }

  /** The factor T and the term G between x and each level. */
  #pairs(x: Float64Array): Pair[] {
    const { curves, dimension } = this.#options;
    const { delta, decay } = curves;
    const resource = at(x, dimension);
    const one = decay(resource);
    return this.#levels.map((level) => {
      const both = decay(resource + level.resource);
      const factor = 1 - delta * (one.value + level.decay.value - delta * both.value);
      return { one, other: level.decay, both, factor, term: both.value - one.value * level.decay.value };
    });
  }

  /** 1 where the second term counts: everywhere, or where point j has the configuration of x. */
  #sameConfigs(x: Float64Array, count: number): Float64Array {
    const { configs, dimension } = this.#options;
    if (configs === undefined) return new Float64Array(count).fill(1);
    return Float64Array.from({ length: count }, (_, j) => (isEqual(x, configs, j, dimension) ? 1 : 0));
  }
}

interface Pair {
  /** κ(ρ) of x, κ(ρ′) of the level, κ(ρ + ρ′). */
  readonly one: Decay;
  readonly other: Decay;
  readonly both: Decay;
  /** T and G. */
  readonly factor: number;
  readonly term: number;
}

function isEqual(x: Float64Array, { data, columns }: Matrix, j: number, dimension: number): boolean {
  for (let k = 0; k < dimension; k++) if (at(x, k) !== at(data, j * columns + k)) return false;
  return true;
}
