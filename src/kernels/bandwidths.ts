/**
 * Which bandwidths a Matérn kernel has: one per coordinate, whatever its scale, as the paper has it; or one per parameter,
 * all values of a categorical one together, which before any data suits its range. With P parameters a range is then 2/√P
 * bandwidths wide, so that points are as far apart in spaces of many parameters as in those of few (Hvarfner et al. 2024,
 * "Vanilla Bayesian Optimization Performs Great in High Dimensions").
 */
import { scaledBandwidth } from './hyperparameters.ts';
import type { MaternOptions } from './matern.ts';

export interface Coordinates {
  /** Coordinates of a configuration. */
  readonly dimension: number;
  readonly warped: readonly number[];
  /** Of each of them, which parameter it is of; a bandwidth per coordinate when left out. */
  readonly parameterOf?: readonly number[] | undefined;
}

/** For a kernel over configurations. */
export function overConfigs({ dimension, warped, parameterOf }: Coordinates): MaternOptions {
  if (parameterOf === undefined) return { dimension, warped };
  return { dimension, warped, bandwidths: { own: ofParameters(parameterOf), of: parameterOf } };
}

/** For a kernel over configurations and, as the last coordinate, a resource. */
export function overAll({ dimension, warped, parameterOf }: Coordinates): MaternOptions {
  if (parameterOf === undefined) return { dimension: dimension + 1, warped };
  const own = [...ofParameters(parameterOf), scaledBandwidth('inverseBandwidthOfResource', 1)];
  return { dimension: dimension + 1, warped, bandwidths: { own, of: [...parameterOf, own.length - 1] } };
}

function ofParameters(parameterOf: readonly number[]) {
  const count = Math.max(0, ...parameterOf.map((parameter) => parameter + 1));
  return Array.from({ length: count }, (_, p) => {
    const coordinates = parameterOf.filter((parameter) => parameter === p).length;
    // Two values of a categorical parameter differ in two coordinates.
    return scaledBandwidth(`inverseBandwidth${p}`, 2 / Math.sqrt(count * Math.max(1, Math.min(coordinates, 2))));
  });
}
