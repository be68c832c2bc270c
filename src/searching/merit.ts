/** What makes a point promising: the acquisition of what the model says there, per cost where that is asked for. */
import type { Belief } from '../acquisition/head.ts';
import { type Cost, costFactor, perCost } from '../acquisition/per-cost.ts';
import { ACQUISITIONS, type AcquisitionName } from '../acquisition/registry.ts';
import type { Objective } from '../optimize/line-search.ts';
import { acquisition, incumbents, type Surrogate } from '../surrogate/surrogate.ts';

export interface MeritOptions {
  readonly acquisition: AcquisitionName;
  /** Improvements count from this share of the observations' standard deviation on. */
  readonly margin: number;
  /** How many deviations below its mean the confidence bound is. */
  readonly kappa: number;
  /** How much cost counts: with 0 not at all; with 1, half the cost makes up for half the improvement. */
  readonly costExponent: number;
}

/** To be minimised. */
export interface Merit {
  /** Of a point x of which this is believed. */
  readonly score: (belief: Belief, x: Float64Array) => number;
  /** The same as a function of x, with its gradient. */
  readonly objective: Objective;
}

/** At the encoded resource `code`. `cost`: where it counts and something is known of it. */
export function meritOf(known: Surrogate, code: number, cost: Cost | undefined, options: MeritOptions): Merit {
  const { margin, kappa, costExponent } = options;
  const head = ACQUISITIONS[options.acquisition]({
    incumbents: () => incumbents(known, code),
    margin: margin * known.normalized.deviation,
    kappa,
  });
  const objective = acquisition(known, head);
  if (cost === undefined) return { score: (belief) => head(belief).value, objective };
  return {
    score: (belief, x) => costFactor(cost, x, costExponent) * head(belief).value,
    objective: perCost(objective, cost, costExponent),
  };
}

/** Whether what configurations cost counts. */
export const isPerCost = (name: AcquisitionName): boolean => name === 'ExpectedImprovementPerCost';
