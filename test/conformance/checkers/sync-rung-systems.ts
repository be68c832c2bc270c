import { halvingRungs } from '../../../src/scheduling/halving.ts';
import { differences } from '../compare.ts';

interface Case {
  readonly r_min: number;
  readonly r_max: number;
  readonly eta: number;
  readonly num_brackets: number | null;
  readonly brackets: readonly (readonly { readonly size: number; readonly level: number }[])[];
}

/** The rungs of synchronous Hyperband's brackets. */
export function check({ r_min: min, r_max: max, eta, num_brackets, brackets }: Case): string[] {
  return differences('brackets', halvingRungs({ min, max }, eta, num_brackets ?? undefined), brackets);
}
