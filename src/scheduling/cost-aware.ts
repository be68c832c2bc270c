import type { Ranking } from './rungs.ts';

/**
 * How many of the best entries may be promoted when what they cost counts instead of how many they are: the most whose
 * costs add up to at most the share q of the costs of all. None below two entries. As Syne Tune's `cost_promotion`.
 */
export function affordable(ranking: Ranking, q: number): number {
  if (ranking.size < 2) return 0;
  let total = 0;
  for (let i = 0; i < ranking.size; i++) total += ranking.cost(i);
  let spent = 0;
  for (let i = 0; i < ranking.size; i++) {
    spent += ranking.cost(i);
    if (spent > q * total) return i;
  }
  return ranking.size;
}
