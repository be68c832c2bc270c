/**
 * Learning curves on record. Long ones are thinned as they grow, so that a trial stays small: some reports are lost then,
 * but never those that this file calls lasting. What is decided from lasting reports can be decided again at any time.
 */
import type { Observation } from './model.ts';

/** Between the levels that matter, a curve keeps this many reports at most. */
export const MAX_BETWEEN = 60;

type Reported = Pick<Observation, 'resource'>;

/** The reports that are the first at or above some level. Both in increasing order. */
export function firstAtEach<R extends Reported>(reports: readonly R[], levels: readonly number[]): readonly R[] {
  let below = 0;
  return reports.filter(({ resource }) => {
    const passed = below;
    while (below < levels.length && (levels[below] ?? 0) <= resource) below += 1;
    return below > passed;
  });
}

/** The reports that are the first at or above some multiple of the stride, a whole number. */
export function firstAtStrides<R extends Reported>(reports: readonly R[], stride: number): readonly R[] {
  let passed = 0;
  return reports.filter(({ resource }) => {
    const before = passed;
    passed = Math.max(passed, Math.floor(resource / stride));
    return passed > before;
  });
}

/** The power of two such that curves up to `max` have no more than MAX_BETWEEN reports at its strides. */
export function lastingStride(max: number): number {
  let stride = 1;
  while (Math.floor(max / stride) > MAX_BETWEEN) stride *= 2;
  return stride;
}

/** What matters of a study's curves: the levels where something may be decided, ascending, and the maximum resource. */
export interface Curves {
  readonly levels: readonly number[];
  readonly max: number;
}

/** The reports that stay on record whatever is reported later: at the levels, and between them at strides. */
export function lasting<R extends Reported>(reports: readonly R[], { levels, max }: Curves): readonly R[] {
  const kept = new Set([...firstAtEach(reports, levels), ...firstAtStrides(reports, lastingStride(max))]);
  return reports.filter((report) => kept.has(report));
}
