/** How many brackets there are: at most one per rung, and one that runs straight to the maximum resource. */
export function bracketCount(levels: readonly number[], brackets: number): number {
  return Math.min(brackets, levels.length + 1);
}

/**
 * The probability of each bracket, for rung levels r_0 < … < r_{K-1} and r_K = max: proportional to
 * S / ((S - s) · r_s) with S = K + 1, so that brackets get about the same resource, as in Hyperband.
 */
export function bracketDistribution(levels: readonly number[], max: number, brackets: number): number[] {
  const systemSize = levels.length + 1;
  const weights = Array.from(
    { length: bracketCount(levels, brackets) },
    (_, s) => systemSize / ((systemSize - s) * (levels[s] ?? max)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The bracket a uniform draw u in [0, 1) falls on. */
export function drawBracket(distribution: readonly number[], u: number): number {
  let cumulated = 0;
  const bracket = distribution.findIndex((probability) => {
    cumulated += probability;
    return u < cumulated;
  });
  // The probabilities may add up to slightly less than one.
  return bracket < 0 ? distribution.length - 1 : bracket;
}
