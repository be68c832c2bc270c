/** Kernels and hyperparameters as the fixtures write them. */

import { withConstantMean } from '../../src/kernels/constant-mean.ts';
import { crossValidation } from '../../src/kernels/cross-validation.ts';
import { exponentialDecay } from '../../src/kernels/exponential-decay.ts';
import type { Kernel } from '../../src/kernels/kernel.ts';
import { matern52 } from '../../src/kernels/matern.ts';

export type Params = Readonly<Record<string, number>>;

/** Ranges [from, to) of warped columns. */
export type WarpColumns = readonly (readonly [number, number])[];

export interface KernelSpec {
  /** Of the joint kernel; undefined: over configurations alone. */
  readonly kind: string;
  readonly dimension: number;
  readonly maxResource: number | null;
  readonly warped: WarpColumns;
}

/** The kernel of a fixture by the library's name for it. */
export function kernelOf({ kind, dimension, maxResource, warped }: KernelSpec): Kernel {
  const columns = columnsOf(warped);
  const over = matern52({ dimension, warped: columns });
  const curves = { over, dimension };
  switch (kind) {
    case 'x-only':
    case 'matern52-x-only':
      return withConstantMean(over);
    case 'matern52':
      return withConstantMean(matern52({ dimension: dimension + 1, warped: columns }));
    case 'matern52-res-warp':
      return withConstantMean(matern52({ dimension: dimension + 1, warped: [...columns, dimension] }));
    case 'exp-decay-sum':
      return exponentialDecay({ ...curves, delta: 0 });
    case 'exp-decay-delta1':
      return exponentialDecay({ ...curves, delta: 1 });
    case 'exp-decay-combined':
      return exponentialDecay({ ...curves, delta: 'Free' });
    case 'freeze-thaw':
      return exponentialDecay({ ...curves, delta: 0, independentCurves: true });
    case 'cross-validation':
      return crossValidation({
        main: over,
        deviation: matern52({ dimension, isotropic: true }),
        dimension,
        maxResource: maxResource ?? 1,
      });
    default:
      throw new Error(`unknown kernel ${kind}`);
  }
}

export function columnsOf(warped: WarpColumns): number[] {
  return warped.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
}

/** The end of a hyperparameter's name in the library, and a part of the kernel that its beginning must name. */
interface LibraryName {
  readonly end: string;
  readonly part?: string;
}

/** The library's names of our kernel's hyperparameters, in our order. */
export function libraryNames({ kind, dimension, warped }: KernelSpec): LibraryName[] {
  const mean = { end: 'mean_value' };
  if (kind === 'cross-validation') {
    const part = (names: readonly LibraryName[], name: string) => names.map(({ end }) => ({ end, part: name }));
    return [
      ...part(maternNames({ dimension, warped }), 'kernelm'),
      ...part(maternNames({ dimension: 1, warped: [] }), 'kernelr'),
      mean,
    ];
  }
  if (kind === 'matern52') return [...maternNames({ dimension: dimension + 1, warped }), mean];
  if (kind === 'matern52-res-warp') {
    const columns: WarpColumns = [...warped, [dimension, dimension + 1]];
    return [...maternNames({ dimension: dimension + 1, warped: columns }), mean];
  }
  const delta = kind === 'exp-decay-combined' ? ['delta'] : [];
  const curve = kind.endsWith('x-only') ? [] : ['alpha', 'mean_lam', 'gamma', ...delta];
  return [...curve.map((end) => ({ end })), ...maternNames({ dimension, warped }), mean];
}

interface MaternSpec {
  readonly dimension: number;
  readonly warped: WarpColumns;
  readonly isotropic?: boolean;
  readonly unscaled?: boolean;
}

export function maternNames({ dimension, warped, isotropic = false, unscaled = false }: MaternSpec): LibraryName[] {
  const bandwidths =
    isotropic || dimension === 1 ? ['inv_bw'] : Array.from({ length: dimension }, (_, k) => `inv_bw${k}`);
  const powers = (power: string) =>
    warped.flatMap(([from, to], block) =>
      Array.from({ length: to - from }, (_, i) => {
        const index = to - from === 1 ? '' : `_${i}`;
        return `warping${warped.length > 1 ? block : ''}_power_${power}${index}`;
      }),
    );
  const scale = unscaled ? [] : ['covariance_scale'];
  return [...bandwidths, ...powers('a'), ...powers('b'), ...scale].map((end) => ({ end }));
}

/** The name in full. */
export function fullName(params: Params, { end, part = '' }: LibraryName): string {
  const found = Object.keys(params).filter((name) => name.endsWith(end) && name.includes(part));
  if (found.length !== 1) throw new Error(`${part} ${end} is ${found.length} of ${Object.keys(params).join(', ')}`);
  return found[0]!;
}

/** Values in our order. */
export function valuesOf(params: Params, names: readonly LibraryName[]): Float64Array {
  return Float64Array.from(names, (name) => params[fullName(params, name)]!);
}
