/** Random configurations to choose from, and the order to look at them in. */
import type { Belief } from '../acquisition/head.ts';
import type { Config } from '../model.ts';
import type { Rng } from '../rng.ts';
import type { Space } from '../space/space.ts';
import { unusedConfig } from './random.ts';

/** Different configurations with none of the used keys: `count`, or as many as there seem to be. */
export function drawCandidates(space: Space, used: ReadonlySet<string>, rng: Rng, count: number): Config[] {
  const taken = new Set(used);
  const drawn: Config[] = [];
  while (drawn.length < count) {
    const config = unusedConfig(space, taken, rng);
    if (config === undefined) break;
    taken.add(space.key(config));
    drawn.push(config);
  }
  return drawn;
}

/** Places of the candidates, the least score first, equal ones in their order. */
export function rank(known: readonly Belief[], score: (belief: Belief, place: number) => number): number[] {
  const scores = known.map(score);
  return [...scores.keys()].sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
}

/** `count` different indexes below n, by the first steps of a shuffle. */
export function choose(n: number, count: number, rng: Rng): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + rng.int(n - i);
    [all[i], all[j]] = [all[j] ?? j, all[i] ?? i];
  }
  return all.slice(0, count);
}

/** The candidate whose place in the unit cube is nearest to the configuration's; of equally near ones the first. */
export function nearest(space: Space, candidates: readonly Config[], config: Config): Config | undefined {
  const target = space.encode(config);
  let least = Number.POSITIVE_INFINITY;
  let found: Config | undefined;
  for (const candidate of candidates) {
    const distance = space.encode(candidate).reduce((sum, u, i) => sum + (u - (target[i] ?? 0)) ** 2, 0);
    if (distance < least) [least, found] = [distance, candidate];
  }
  return found;
}
