import { lowerConfidenceBound } from './confidence-bound.ts';
import { expectedImprovement } from './expected-improvement.ts';
import type { Head } from './head.ts';

/** What an acquisition is made for. */
export interface Situation {
  /** Of each column of fantasies, the least mean where configurations are compared. */
  readonly incumbents: () => Float64Array;
  /** In units of the metric: smaller improvements do not count. */
  readonly margin: number;
  /** How many deviations below its mean a confidence bound is. */
  readonly kappa: number;
}

function improvement({ incumbents, margin }: Situation): Head {
  return expectedImprovement({ incumbents: incumbents(), margin });
}

/** Acquisitions by name. */
export const ACQUISITIONS = {
  ExpectedImprovement: improvement,
  /** Divided by what the point costs, which is not the model's to say. */
  ExpectedImprovementPerCost: improvement,
  LowerConfidenceBound: ({ kappa }) => lowerConfidenceBound(kappa),
} as const satisfies Readonly<Record<string, (situation: Situation) => Head>>;

export type AcquisitionName = keyof typeof ACQUISITIONS;
