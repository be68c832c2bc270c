import { bracketCount, bracketDistribution } from '../../../src/scheduling/brackets.ts';
import { promoteQuantiles, rungLevels } from '../../../src/scheduling/rungs.ts';
import { differences } from '../compare.ts';

interface Case {
  readonly r_min?: number;
  readonly r_max: number;
  readonly eta: number | null;
  /** Levels r_min + k · increment instead of powers of eta. */
  readonly rung_increment?: number | null;
  readonly given_levels?: readonly number[] | null;
  readonly brackets: number;
  readonly rung_levels: readonly number[];
  readonly promote_quantiles: readonly number[];
  readonly num_brackets: number;
  readonly distribution: readonly number[];
  readonly first_milestones: readonly number[];
}

/** Rung levels, quantiles, and the brackets' number, first levels and probabilities. */
export function check(data: Case): string[] {
  const { r_max: max, brackets } = data;
  const levels = rungLevels(
    { min: data.r_min ?? 1, max },
    { reductionFactor: data.eta ?? 3, rungLevels: explicitLevels(data) },
  );
  const count = bracketCount(levels, brackets);
  const first = Array.from({ length: count }, (_, s) => levels[s] ?? max);
  return [
    ...differences('levels', levels, data.rung_levels),
    ...differences('quantiles', promoteQuantiles(levels, max), data.promote_quantiles, 1e-12),
    ...differences('number of brackets', count, data.num_brackets),
    ...differences('first levels', first, data.first_milestones),
    ...differences('distribution', bracketDistribution(levels, max, brackets), data.distribution, 1e-12),
  ];
}

function explicitLevels({ given_levels, rung_increment, r_min = 1, r_max }: Case): readonly number[] | undefined {
  if (typeof rung_increment !== 'number') return given_levels ?? undefined;
  return Array.from({ length: Math.ceil((r_max - r_min) / rung_increment) }, (_, k) => r_min + k * rung_increment);
}
