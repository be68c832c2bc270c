import { fabolasFactor } from '../../../src/kernels/fabolas.ts';
import type { Covariance, Prior } from '../../../src/kernels/kernel.ts';
import { matern52 } from '../../../src/kernels/matern.ts';
import { fromRows, type Matrix, row } from '../../../src/linalg/matrix.ts';
import { differences } from '../compare.ts';
import {
  columnsOf,
  kernelOf,
  libraryNames,
  maternNames,
  type Params,
  valuesOf,
  type WarpColumns,
} from '../gaussian-process.ts';

const TOLERANCE = 1e-9;

interface Case {
  /** `joint:NAME` for kernels over configuration and resource. */
  readonly kind: string;
  readonly dimension: number;
  readonly d_x?: number;
  readonly r_max?: number | null;
  readonly ard?: boolean;
  readonly has_covariance_scale?: boolean;
  readonly start?: number;
  readonly size?: number;
  readonly warp_columns?: WarpColumns | null;
  readonly params: Params;
  readonly mean_params?: Params;
  readonly X1: readonly (readonly number[])[];
  readonly X2: readonly (readonly number[])[];
  readonly K11: readonly (readonly number[])[];
  readonly K12: readonly (readonly number[])[];
  readonly diag1: readonly number[];
  readonly mean1?: readonly number[];
}

/** Covariances of points with each other and with others, their variances, and the mean function where there is one. */
export function check(data: Case): string[] {
  const [x1, x2] = [fromRows(data.X1), fromRows(data.X2)];
  const joint = data.kind.startsWith('joint:') ? priorOf(data) : undefined;
  const covariance = joint ?? covarianceOf(data);
  return [
    ...differences('K11', covariances(covariance, x1, x1), data.K11, TOLERANCE),
    ...differences('K12', covariances(covariance, x1, x2), data.K12, TOLERANCE),
    ...differences(
      'diagonal',
      rows(x1).map((x) => covariance.diagonal(x)),
      data.diag1,
      TOLERANCE,
    ),
    ...(joint
      ? differences(
          'mean',
          rows(x1).map((x) => joint.mean(x)),
          data.mean1,
          TOLERANCE,
        )
      : []),
  ];
}

function priorOf({ kind, d_x, dimension, r_max, warp_columns, params, mean_params }: Case): Prior {
  const spec = {
    kind: kind.slice('joint:'.length),
    dimension: d_x ?? dimension - 1,
    maxResource: r_max ?? null,
    warped: warp_columns ?? [],
  };
  return kernelOf(spec).at(valuesOf({ ...params, ...mean_params }, libraryNames(spec)));
}

function covarianceOf(data: Case): Covariance {
  const { kind, params, warp_columns, dimension, size = dimension, start = 0 } = data;
  if (kind === 'fabolas') return fabolasFactor(0).at(valuesOf(params, [{ end: 'u1' }, { end: 'u2' }, { end: 'u3' }]));
  const options = { isotropic: data.ard === false, unscaled: data.has_covariance_scale === false };
  const warped = warp_columns ?? [];
  const names = maternNames({ ...options, dimension: size, warped });
  return matern52({ ...options, dimension: size, start, warped: columnsOf(warped) }).at(valuesOf(params, names));
}

function rows(points: Matrix): Float64Array[] {
  return Array.from({ length: points.rows }, (_, i) => row(points, i));
}

function covariances(covariance: Covariance, x1: Matrix, x2: Matrix): number[][] {
  const prepared = covariance.with(x2);
  return rows(x1).map((x) => {
    const out = new Float64Array(x2.rows);
    prepared.row(x, out);
    return [...out];
  });
}
