import type { Config, Trial } from '../model.ts';
import { type Rng, stream } from '../rng.ts';
import type { Space } from '../space/space.ts';
import { nextInitial } from './initial.ts';
import type { Searcher } from './searcher.ts';

/** First the study's initial trials, then configurations drawn from the space, or from given candidates. */
export const randomSearcher: Searcher = {
  suggest(occasion) {
    const { study, space, trials, number, candidates } = occasion;
    const initial = nextInitial(occasion, () => usedKeys(space, trials));
    if (initial !== undefined) return { config: initial, origin: 'Initial' };
    const rng = stream(study.seed, 'suggest', number);
    const config = candidates
      ? candidates[rng.int(candidates.length)]
      : unusedConfig(space, usedKeys(space, trials), rng);
    return config && { config, origin: 'Random' };
  },
};

/** The keys of the configurations that trials have. */
export function usedKeys(space: Space, trials: readonly Trial[]): ReadonlySet<string> {
  return new Set(trials.map(({ config }) => space.key(config)));
}

/** So many draws that each has been used already mean that next to nothing is left. */
const DRAWS = 1000;

/** Up to this size, what drawing at random has not found is looked up in the list of all configurations. */
const LISTED_SIZE = 100_000;

/** A random configuration whose key is not among the used ones; undefined when there seems to be none. */
export function unusedConfig(space: Space, used: ReadonlySet<string>, rng: Rng): Config | undefined {
  const { size } = space;
  if (used.size >= size) return undefined;
  const isUnused = (config: Config) => !used.has(space.key(config));
  // With most of a small space used, listing the rest is quicker than drawing in vain.
  const draws = size <= LISTED_SIZE && used.size > size / 2 ? 0 : DRAWS;
  for (let draw = 0; draw < draws; draw++) {
    const config = space.sample(rng);
    if (isUnused(config)) return config;
  }
  if (size > LISTED_SIZE) return undefined;
  const rest = [...space.configs()].filter(isUnused);
  return rest[rng.int(rest.length)];
}
