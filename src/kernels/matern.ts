/**
 * Matérn kernel of smoothness 5/2 with a bandwidth per coordinate (automatic relevance determination), optionally
 * after warping some coordinates (Rasmussen and Williams 2006, equation 4.17 and section 5.1).
 *
 *   k(x, x′) = c (1 + B + Δ/3) exp(−B),   Δ = Σₖ (zₖ − z′ₖ)²,   B = √(Δ + J),   zₖ = √5 sₖ wₖ(xₖ)
 *   ∂k/∂Δ    = −(c/6) (1 + Δ/B) exp(−B)
 *
 *   d   coordinates, those from `start` on        s  d inverse bandwidths, or one for all
 *   c   covariance scale, k(x, x)                 w  the identity, or warping with aₖ, bₖ
 *
 * J = 1e-9 keeps the derivative finite where points coincide; it costs a relative 5e-10 of k there.
 */
import { at, type Matrix, row, zeros } from '../linalg/matrix.ts';
import { covarianceScale, type Hyperparameter, inverseBandwidth, warpingPower } from './hyperparameters.ts';
import { type Covariance, type CovarianceFunction, type Covariances, layout } from './kernel.ts';
import { MaternPairs } from './matern-pairs.ts';
import { type Warped, warp } from './warping.ts';

export interface MaternOptions {
  /** How many coordinates. */
  readonly dimension: number;
  /** The first of them in a point; 0 when left out. */
  readonly start?: number;
  /** Isotropic: one bandwidth for all coordinates. */
  readonly isotropic?: boolean;
  /** The bandwidths there are; of each coordinate, which of them. One for each coordinate when left out. */
  readonly bandwidths?: { readonly own: readonly Hyperparameter[]; readonly of: readonly number[] };
  /** Unscaled: c = 1. */
  readonly unscaled?: boolean;
  /** Which coordinates are warped, counted from `start`. */
  readonly warped?: readonly number[];
}

/** Hyperparameters in order: inverse bandwidths, a of each warped coordinate, b of each, c. */
export function matern52(options: MaternOptions): CovarianceFunction {
  const { dimension, start = 0, isotropic = false, unscaled = false, warped = [] } = options;
  const { bandwidths: { own: inverseBandwidths, of: places } = isotropic ? oneFor(dimension) : oneForEach(dimension) } =
    options;
  const own = layout(
    inverseBandwidths,
    warped.map((k) => warpingPower(`warpingA${k}`)),
    warped.map((k) => warpingPower(`warpingB${k}`)),
    unscaled ? [] : [covarianceScale()],
  );
  return {
    hyperparameters: own.hyperparameters,
    at(values) {
      const bandwidths = own.slice(values, 0);
      const scales = Float64Array.from({ length: dimension }, (_, k) => at(bandwidths, places[k] ?? 0));
      return new Matern({
        start,
        warped,
        bandwidths: inverseBandwidths.length,
        places,
        scales: scales.map((s) => Math.sqrt(5) * s),
        a: own.slice(values, 1),
        b: own.slice(values, 2),
        variance: unscaled ? 1 : at(own.slice(values, 3), 0),
        scaleAt: unscaled ? undefined : own.hyperparameters.length - 1,
      });
    },
  };
}

function oneFor(dimension: number) {
  return { own: [inverseBandwidth('inverseBandwidth')], of: Array<number>(dimension).fill(0) };
}

function oneForEach(dimension: number) {
  return { own: indexed('inverseBandwidth', dimension, inverseBandwidth), of: [...Array(dimension).keys()] };
}

function indexed(name: string, count: number, make: (name: string) => Hyperparameter): Hyperparameter[] {
  return Array.from({ length: count }, (_, k) => make(`${name}${k}`));
}

interface Values {
  readonly start: number;
  readonly warped: readonly number[];
  /** How many bandwidths there are, and which of them each coordinate has. */
  readonly bandwidths: number;
  readonly places: readonly number[];
  /** √5 s, of each coordinate. */
  readonly scales: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** c, and its place among the hyperparameters. */
  readonly variance: number;
  readonly scaleAt: number | undefined;
}

class Matern implements Covariance {
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  diagonal(): number {
    return this.#values.variance;
  }

  /** k(x, x) is constant. */
  addDiagonalInputGradient(): void {}

  with(points: Matrix): Covariances {
    const values = this.#values;
    const z = zeros(points.rows, values.scales.length);
    const powers = zeros(points.rows, 2 * values.warped.length);
    for (let j = 0; j < points.rows; j++) place(values, row(points, j), row(z, j), row(powers, j));
    return new MaternRows(values, z, powers);
  }
}

/** Writes z of a point, and ∂z/∂ln a, ∂z/∂ln b of each warped coordinate; returns the warped coordinates. */
function place(values: Values, x: Float64Array, z: Float64Array, powers: Float64Array): Warped[] {
  for (let k = 0; k < z.length; k++) z[k] = at(values.scales, k) * at(x, values.start + k);
  return values.warped.map((k, i) => {
    const warped = warp(at(x, values.start + k), at(values.a, i), at(values.b, i));
    const scale = at(values.scales, k);
    z[k] = scale * warped.value;
    powers[i] = scale * warped.byLogA;
    powers[values.warped.length + i] = scale * warped.byLogB;
    return warped;
  });
}

class MaternRows implements Covariances {
  readonly #values: Values;
  readonly #pairs: MaternPairs;
  readonly #z: Matrix;
  readonly #powers: Matrix;
  readonly #own: Float64Array;
  readonly #ownPowers: Float64Array;

  constructor(values: Values, z: Matrix, powers: Matrix) {
    this.#values = values;
    this.#pairs = new MaternPairs(z, values.variance);
    this.#z = z;
    this.#powers = powers;
    this.#own = new Float64Array(z.columns);
    this.#ownPowers = new Float64Array(powers.columns);
  }

  row(x: Float64Array, out: Float64Array): void {
    this.#pairs.covariances(this.#place(x).z, out);
  }

  addGradient(x: Float64Array, weights: Float64Array, gradient: Float64Array): void {
    const { scaleAt, bandwidths, places, scales, warped } = this.#values;
    const { z, powers } = this.#place(x);
    const { sums, total } = this.#pairs.derivatives('squares', z, weights);
    // ∂Δ/∂ln sₖ = 2 (zₖ − z′ₖ)².
    for (let k = 0; k < scales.length; k++) add(gradient, places[k] ?? 0, 2 * at(sums, k));
    if (warped.length > 0) {
      this.#addPowers({ z, powers }, this.#pairs.slopes(weights.length), gradient.subarray(bandwidths));
    }
    if (scaleAt !== undefined) add(gradient, scaleAt, total);
  }

  addInputGradient(x: Float64Array, weights: Float64Array, out: Float64Array): void {
    const { start, scales, warped } = this.#values;
    const { z, warpings } = this.#place(x);
    const { sums } = this.#pairs.derivatives('differences', z, weights);
    for (let k = 0; k < scales.length; k++) sums[k] = 2 * at(sums, k) * at(scales, k);
    for (const [i, k] of warped.entries()) sums[k] = at(sums, k) * (warpings[i]?.slope ?? 1);
    for (let k = 0; k < scales.length; k++) add(out, start + k, at(sums, k));
  }

  /** z and powers of x are written where those of the last point were. */
  #place(x: Float64Array): { z: Float64Array; powers: Float64Array; warpings: Warped[] } {
    const [z, powers] = [this.#own, this.#ownPowers];
    return { z, powers, warpings: place(this.#values, x, z, powers) };
  }

  /** ∂Δ/∂ln a = 2 (z − z′)(∂z/∂ln a − ∂z′/∂ln a), and so for b. */
  #addPowers({ z, powers }: Placed, slopes: Float64Array, sums: Float64Array): void {
    const { warped } = this.#values;
    for (let j = 0; j < slopes.length; j++) {
      for (let i = 0; i < powers.length; i++) {
        const k = warped[i % warped.length] ?? 0;
        const difference = at(z, k) - at(this.#z.data, j * this.#z.columns + k);
        const byPower = at(powers, i) - at(this.#powers.data, j * this.#powers.columns + i);
        add(sums, i, 2 * at(slopes, j) * difference * byPower);
      }
    }
  }
}

interface Placed {
  readonly z: Float64Array;
  readonly powers: Float64Array;
}

function add(vector: Float64Array, i: number, amount: number): void {
  vector[i] = at(vector, i) + amount;
}
