import { withConstantMean } from './constant-mean.ts';
import { crossValidation } from './cross-validation.ts';
import { exponentialDecay } from './exponential-decay.ts';
import { scaledBandwidth } from './hyperparameters.ts';
import { independentLevels } from './independent.ts';
import type { Kernel } from './kernel.ts';
import { onLogResource } from './log-resource.ts';
import { matern52 } from './matern.ts';

/** The points a kernel is for: coordinates of a configuration, then the encoded resource. */
export interface KernelDomain {
  /** Coordinates of a configuration. */
  readonly dimension: number;
  /** Which of them are warped; those of categorical parameters never are. */
  readonly warped: readonly number[];
  /** Of each coordinate of a configuration, which parameter it is of; each of its own when left out. */
  readonly parameterOf?: readonly number[];
  readonly maxResource: number;
  /** The resources there are observations at, or may be. */
  readonly levels: readonly number[];
}

/** Kernels over configuration and resource by name. */
export const JOINT_KERNELS = {
  Matern52: ({ dimension, warped }) => withConstantMean(matern52({ dimension: dimension + 1, warped })),
  Matern52ResourceWarping: ({ dimension, warped }) =>
    withConstantMean(matern52({ dimension: dimension + 1, warped: [...warped, dimension] })),
  ExpDecaySum: (domain) => exponentialDecay({ ...asymptote(domain), delta: 0 }),
  ExpDecayDelta1: (domain) => exponentialDecay({ ...asymptote(domain), delta: 1 }),
  ExpDecayCombined: (domain) => exponentialDecay({ ...asymptote(domain), delta: 'Free' }),
  FreezeThaw: (domain) => exponentialDecay({ ...asymptote(domain), delta: 0, independentCurves: true }),
  CrossValidation: (domain) =>
    crossValidation({
      main: asymptote(domain).over,
      deviation: matern52({ ...domain, isotropic: true, warped: [] }),
      ...domain,
    }),
  Matern52LogResource: (domain) => onLogResource(scaledMatern(domain), domain.dimension, domain.maxResource),
  IndependentPerLevel: (domain) => independentLevels({ over: matern52({ ...domain, unscaled: true }), ...domain }),
} as const satisfies Readonly<Record<string, (domain: KernelDomain) => Kernel>>;

export type JointKernelName = keyof typeof JOINT_KERNELS;

/** The kernel of configurations alone, for observations at the maximum resource. */
export function configKernel({ dimension, warped }: Pick<KernelDomain, 'dimension' | 'warped'>): Kernel {
  return withConstantMean(matern52({ dimension, warped }));
}

function asymptote({ dimension, warped }: KernelDomain) {
  return { dimension, over: matern52({ dimension, warped }) };
}

/**
 * A Matérn kernel with a bandwidth for each parameter, all values of a categorical one included, and one for the resource.
 * Before any data a parameter's whole range is 2/√P bandwidths wide, for P parameters: points then are as far apart in
 * spaces of many parameters as in those of few.
 */
function scaledMatern({ dimension, warped, parameterOf = [...Array(dimension).keys()] }: KernelDomain): Kernel {
  const count = Math.max(0, ...parameterOf.map((own) => own + 1));
  const coordinates = (p: number) => parameterOf.filter((own) => own === p).length;
  // Two values of a categorical parameter differ in two coordinates.
  const middle = (p: number) => 2 / Math.sqrt(count * (coordinates(p) > 1 ? 2 : 1));
  const own = Array.from({ length: count }, (_, p) => scaledBandwidth(`inverseBandwidth${p}`, middle(p)));
  const bandwidths = {
    own: [...own, scaledBandwidth('inverseBandwidthOfResource', 1)],
    of: [...parameterOf, count],
  };
  return withConstantMean(matern52({ dimension: dimension + 1, warped, bandwidths }));
}
