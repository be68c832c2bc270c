import { overAll, overConfigs } from './bandwidths.ts';
import { withConstantMean } from './constant-mean.ts';
import { crossValidation } from './cross-validation.ts';
import { exponentialDecay } from './exponential-decay.ts';
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
  /** Of each coordinate, which parameter it is of, for a bandwidth per parameter; one per coordinate when left out. */
  readonly parameterOf?: readonly number[] | undefined;
  readonly maxResource: number;
  /** The resources there are observations at, or may be. */
  readonly levels: readonly number[];
}

/** Kernels over configuration and resource by name. */
export const JOINT_KERNELS = {
  Matern52: (domain) => withConstantMean(matern52(overAll(domain))),
  Matern52ResourceWarping: (domain) =>
    withConstantMean(matern52({ ...overAll(domain), warped: [...domain.warped, domain.dimension] })),
  Matern52LogResource: (domain) =>
    onLogResource(withConstantMean(matern52(overAll(domain))), domain.dimension, domain.maxResource),
  ExpDecaySum: (domain) => exponentialDecay({ ...asymptote(domain), delta: 0 }),
  ExpDecayDelta1: (domain) => exponentialDecay({ ...asymptote(domain), delta: 1 }),
  ExpDecayCombined: (domain) => exponentialDecay({ ...asymptote(domain), delta: 'Free' }),
  FreezeThaw: (domain) => exponentialDecay({ ...asymptote(domain), delta: 0, independentCurves: true }),
  CrossValidation: (domain) =>
    crossValidation({
      main: asymptote(domain).over,
      deviation: matern52({ dimension: domain.dimension, isotropic: true }),
      ...domain,
    }),
  IndependentPerLevel: (domain) =>
    independentLevels({ over: matern52({ ...overConfigs(domain), unscaled: true }), ...domain }),
} as const satisfies Readonly<Record<string, (domain: KernelDomain) => Kernel>>;

export type JointKernelName = keyof typeof JOINT_KERNELS;

/** The kernel of configurations alone, for observations at the maximum resource. */
export function configKernel(domain: Pick<KernelDomain, 'dimension' | 'warped' | 'parameterOf'>): Kernel {
  return withConstantMean(matern52(overConfigs(domain)));
}

function asymptote(domain: Pick<KernelDomain, 'dimension' | 'warped' | 'parameterOf'>) {
  return { dimension: domain.dimension, over: matern52(overConfigs(domain)) };
}
