import { fromRows } from '../../../src/linalg/matrix.ts';
import { bracketDistribution } from '../../../src/scheduling/brackets.ts';
import { learnedDistribution } from '../../../src/scheduling/learned-brackets.ts';
import { isTrusted, levelWeights, rankingLoss } from '../../../src/surrogate/level-weights.ts';
import { differences } from '../compare.ts';

const TOLERANCE = 1e-12;

interface Case {
  /** The last is the highest with enough observations. */
  readonly levels: readonly number[];
  /** At the highest level. */
  readonly targets: readonly number[];
  /** Of each level's model: a row per target, a column per draw. */
  readonly samples: readonly (readonly (readonly number[])[])[];
  readonly losses: readonly (readonly number[])[];
  readonly theta: readonly number[];
  /** Weights by level, without those that are too small. */
  readonly ensemble: Readonly<Record<string, number>>;
  readonly num_brackets: number;
  readonly bracket_distribution: readonly number[];
}

/** Ranking losses of given draws, the weights of levels, and the brackets drawn by them. */
export function check(data: Case): string[] {
  const { levels, targets, samples } = data;
  const values = Float64Array.from(targets);
  const losses = samples.map((rows) => {
    const { rows: count, columns, data: drawn } = fromRows(rows);
    const draw = (s: number) => Float64Array.from({ length: count }, (_, i) => drawn[i * columns + s]!);
    return Float64Array.from({ length: columns }, (_, s) => rankingLoss(draw(s), values));
  });
  const weights = levelWeights(losses).map((weight, k) => ({ level: levels[k]!, weight }));
  const trusted = weights.filter(({ weight }) => isTrusted(weight)).map(({ level, weight }) => [level, weight]);
  const [max = 1, ...below] = levels.toReversed();
  const distribution = learnedDistribution(
    bracketDistribution(below.reverse(), max, data.num_brackets),
    levels,
    weights,
  );
  return [
    ...differences(
      'losses',
      losses.map((own) => [...own]),
      data.losses,
      TOLERANCE,
    ),
    ...differences(
      'weights',
      weights.map(({ weight }) => weight),
      data.theta,
      TOLERANCE,
    ),
    ...differences('ensemble', Object.fromEntries(trusted), data.ensemble, TOLERANCE),
    ...differences('distribution', distribution, data.bracket_distribution, TOLERANCE),
  ];
}
