import type { Config, Goal, RegularizedEvolution, Trial } from '../model.ts';
import { type Rng, stream } from '../rng.ts';
import { isBetter } from '../scheduling/rungs.ts';
import type { Space } from '../space/space.ts';
import { nearest } from './candidates.ts';
import { randomSearcher, usedKeys } from './random.ts';
import type { Searcher } from './searcher.ts';

/**
 * Regularized evolution (Real et al. 2019, arXiv 1802.01548), asynchronous: the population is the latest `population`
 * results, whatever they are worth. Until there are so many, configurations are random; then `sample` members are drawn
 * with replacement, and the best of them is mutated in one parameter.
 */
export function evolutionSearcher({ population, sample }: RegularizedEvolution): Searcher {
  return {
    suggest(occasion) {
      const { study, space, trials, number, candidates } = occasion;
      const results = trials.filter(hasResult).toSorted((a, b) => endOf(a) - endOf(b));
      if (results.length < population) return randomSearcher.suggest(occasion);
      const rng = stream(study.seed, 'evolve', number);
      const config = mutate(parentOf(results.slice(-population), { sample, goal: study.goal, rng }), space, rng);
      if (candidates) {
        const row = nearest(space, candidates, config);
        return row && { config: row, origin: 'Model' };
      }
      if (usedKeys(space, trials).has(space.key(config))) return randomSearcher.suggest(occasion);
      return { config, origin: 'Model' };
    },
  };
}

const hasResult = ({ state, observations }: Trial): boolean => state === 'Completed' && observations.length > 0;

/** Of a trial's end in the ledger: when its result arrived. */
function endOf({ decisions }: Trial): number {
  return decisions.at(-1)?.seq ?? 0;
}

interface Selection {
  readonly sample: number;
  readonly goal: Goal;
  readonly rng: Rng;
}

function parentOf(members: readonly Trial[], { sample, goal, rng }: Selection): Config {
  const drawn = Array.from({ length: sample }, () => members[rng.int(members.length)]).filter(
    (own) => own !== undefined,
  );
  const best = drawn.reduce((a, b) => (isBetter(score(b), score(a), goal) ? b : a));
  return best.config;
}

function score({ observations }: Trial): number {
  return observations.at(-1)?.value ?? Number.NaN;
}

/** So many draws that give the same configuration mean that there is no other. */
const DRAWS = 1000;

/** Draws one parameter anew until the configuration is another. */
function mutate(parent: Config, space: Space, rng: Rng): Config {
  const key = space.key(parent);
  for (let draw = 0; draw < DRAWS; draw++) {
    const parameter = space.parameters[rng.int(space.parameters.length)]?.name ?? '';
    const drawn = space.sample(rng);
    const value = drawn[parameter];
    if (value === undefined) continue;
    // A parameter that this makes active takes the value it was drawn with.
    const child = space.complete({ ...drawn, ...parent, [parameter]: value });
    if (space.key(child) !== key) return child;
  }
  return parent;
}
