/**
 * Brackets drawn by how far the level a bracket starts at can be trusted, for what it costs (Li et al. 2022,
 * "Hyper-Tune: Towards Efficient Hyper-parameter Tuning at Scale", arXiv 2201.06834):
 *
 *   P(s) ∝ θ(r_s)/r_s
 *
 * among the brackets whose level has been weighed; together they keep the probability they have in Hyperband, and so does
 * each of the others.
 */

export interface LevelWeight {
  readonly level: number;
  /** θ. */
  readonly weight: number;
}

/**
 * The probability of each bracket. `probabilities`: of each in Hyperband. `levels`: r_0 < r_1 < …, the maximum resource
 * last; at least as many. A weight counts for the highest of them that is not above its level: not all trials report at
 * every resource. Where nothing speaks for any of the brackets, all keep their probabilities.
 */
export function learnedDistribution(
  probabilities: readonly number[],
  levels: readonly number[],
  weights: readonly LevelWeight[],
): number[] {
  const rates = probabilities.map((_, s) => {
    const [level = 0, above = Number.POSITIVE_INFINITY] = levels.slice(s);
    const own = weights.filter((other) => other.level >= level && other.level < above);
    return own.length === 0 ? undefined : own.reduce((sum, { weight }) => sum + weight, 0) / level;
  });
  const total = rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0);
  if (total === 0) return [...probabilities];
  const mass = probabilities.reduce((sum, probability, s) => sum + (rates[s] === undefined ? 0 : probability), 0);
  return probabilities.map((probability, s) => {
    const rate = rates[s];
    return rate === undefined ? probability : mass * (rate / total);
  });
}
