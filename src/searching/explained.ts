/** What a model says of a configuration, as people read it: in units of the metric and of its sign, rounded. */
import type { Goal, Proposal } from '../model.ts';

/** As models compute it: everything to be minimised. */
export interface Judged {
  readonly resource: number;
  readonly mean: number;
  readonly deviation: number;
  readonly acquisition: number;
}

/** Enough to tell a prediction from an observation; the same numbers in the Trial, the log and a replay. */
const DIGITS = 6;

export function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** Nothing where a number is not finite: an explanation that cannot be written down hinders no trial. */
export function explained(judged: Judged, goal: Goal, acquisition: string): { readonly proposal?: Proposal } {
  const { resource, mean, deviation } = judged;
  const sign = goal === 'Minimize' ? 1 : -1;
  // A bound is a value of the metric; improvements are positive whatever the goal.
  const value = (acquisition === 'LowerConfidenceBound' ? sign : -1) * judged.acquisition;
  return finite({
    level: resource,
    acquisition: rounded(value),
    mean: rounded(sign * mean),
    deviation: rounded(deviation),
  });
}

function finite(proposal: Proposal): { readonly proposal?: Proposal } {
  return Object.values(proposal).every(Number.isFinite) ? { proposal } : {};
}
