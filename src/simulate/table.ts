/** Learning curves, tabulated: what training each of some configurations would give, and how long it would take. */
import type { Config, Parameter } from '../model.ts';

export interface Table {
  readonly name: string;
  /** Length of every curve. */
  readonly maxResource: number;
  readonly parameters: readonly Parameter[];
  /** The rows' configurations, all different. */
  readonly configs: readonly Config[];
  /** Row i, resource r at index r − 1, to be minimized; null from the first resource on at which training diverged. */
  readonly curves: readonly (readonly (number | null)[])[];
  /** Row i: virtual seconds of one unit of resource. */
  readonly seconds: readonly number[];
}

/** Virtual seconds that training a row to the maximum takes on average. */
export function fullTraining({ seconds, maxResource }: Table): number {
  return (seconds.reduce((sum, each) => sum + each, 0) / seconds.length) * maxResource;
}
