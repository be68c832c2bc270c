import { acquisitionResource } from '../../../src/surrogate/acquisition-resource.ts';
import { differences } from '../compare.ts';

interface Case {
  readonly threshold: number;
  /** Observations by level. */
  readonly counts: Readonly<Record<string, number>>;
  readonly r_acq: number;
}

/** The level of the acquisition. */
export function check({ threshold, counts, r_acq }: Case): string[] {
  const resources = Object.entries(counts).flatMap(([r, count]) => Array<number>(count).fill(Number(r)));
  return differences('resource', acquisitionResource(resources, threshold), r_acq);
}
