/** How a Gaussian process finds configurations: what a study chooses, and what it leaves to us. */
import type { JointKernelName } from '../kernels/registry.ts';
import type { Proposing, Seeing, Trusting } from '../model.ts';
import type { RefitSchedule } from '../surrogate/refit-schedule.ts';
import type { Growth } from '../surrogate/refits.ts';
import type { Where, Which } from './evidence.ts';
import type { MeritOptions } from './merit.ts';

export interface ModelBasedOptions extends MeritOptions {
  readonly kernel: JointKernelName;
  /** Whether all levels that can be trusted predict together; with a kernel that is independent between levels. */
  readonly ensemble: boolean;
  /** One for each parameter, with a prior; or, as in the paper, one for each coordinate. */
  readonly bandwidths: NonNullable<Proposing['bandwidths']>;
  /** Whether coordinates of numbers are warped. */
  readonly warping: boolean;
  /** Where configurations are compared: the highest level with `enough` observations, the trial's first, or the last. */
  readonly resource: 'Data' | 'First' | 'Final';
  readonly enough: number;
  /** Which observations the model sees. */
  readonly observations: Which;
  /** Where trials under way are being evaluated. */
  readonly pending: Where;
  /** So many different configurations before the first from the model. */
  readonly initialRandom: number;
  /** How many draws stand for what is pending; 0 leaves pending evaluations out. */
  readonly fantasies: number;
  /** With more observations than this the model sees a part of them. */
  readonly maxObservations: number;
  /** Whether the model sees the worst values as they are, or none further above the median than the best is below it. */
  readonly worstValues: NonNullable<Proposing['worstValues']>;
  readonly refit: Growth | RefitSchedule;
  readonly starts: number;
  readonly maxIterations: number;
  readonly candidates: number;
  /** How candidates are ranked: by a draw from the posterior, or by the acquisition. */
  readonly ranking: 'Draw' | 'Acquisition';
}

export const MODEL_BASED_DEFAULTS: ModelBasedOptions = {
  kernel: 'ExpDecaySum',
  ensemble: false,
  bandwidths: 'PerParameter',
  warping: false,
  acquisition: 'ExpectedImprovement',
  margin: 0.01,
  kappa: 1,
  costExponent: 1,
  resource: 'Data',
  enough: 3,
  observations: 'All',
  pending: 'NextRung',
  initialRandom: 6,
  fantasies: 20,
  maxObservations: 500,
  worstValues: 'Kept',
  refit: { growth: 0.1 },
  starts: 2,
  maxIterations: 50,
  candidates: 250,
  ranking: 'Draw',
};

/** What a study chooses, and the defaults for the rest. */
export function modelBasedOptions(chosen: Proposing & Seeing & Trusting): ModelBasedOptions {
  const { kernel, inputWarping, acquisition, acquisitionLevel, fantasies, initialRandom, maxObservations } = chosen;
  const { observations: which = MODEL_BASED_DEFAULTS.observations, pending = MODEL_BASED_DEFAULTS.pending } = chosen;
  const { confidence: kappa = MODEL_BASED_DEFAULTS.kappa, costExponent = MODEL_BASED_DEFAULTS.costExponent } = chosen;
  const { ensemble = MODEL_BASED_DEFAULTS.ensemble, worstValues = MODEL_BASED_DEFAULTS.worstValues } = chosen;
  const { bandwidths = MODEL_BASED_DEFAULTS.bandwidths } = chosen;
  const refit = scheduleOf(chosen.refit) ?? MODEL_BASED_DEFAULTS.refit;
  const seen = { observations: which, pending, worstValues, bandwidths, ensemble, refit };
  const options = { kernel, acquisition, kappa, costExponent, fantasies, initialRandom, maxObservations, ...seen };
  return { ...MODEL_BASED_DEFAULTS, ...options, warping: inputWarping, resource: acquisitionLevel };
}

function scheduleOf({ growth, period }: NonNullable<Proposing['refit']> = {}): Growth | RefitSchedule | undefined {
  return growth === undefined ? period : { growth };
}
