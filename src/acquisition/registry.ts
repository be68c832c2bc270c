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

/** Acquisitions by name. */
export const ACQUISITIONS = {
  ExpectedImprovement: ({ incumbents, margin }) => expectedImprovement({ incumbents: incumbents(), margin }),
  LowerConfidenceBound: ({ kappa }) => lowerConfidenceBound(kappa),
} as const satisfies Readonly<Record<string, (situation: Situation) => Head>>;

export type AcquisitionName = keyof typeof ACQUISITIONS;
