import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial } from '../../test/builders.ts';
import type { Config, Parameter, Trial } from '../model.ts';
import { createSpace } from '../space/space.ts';
import { createSearcher } from './searcher.ts';

const VALUES = ['a', 'b', 'c', 'd'];
const parameters: readonly Parameter[] = ['p', 'q', 'r'].map((name) => ({ name, type: 'categorical', values: VALUES }));

/** Ended with this value. */
function completed(number: number, config: Config, value: number): Trial {
  const decisions = [
    { seq: 2 * number - 1, kind: 'Start' as const },
    { seq: 2 * number, kind: 'Complete' as const, level: 9 },
  ];
  return anEngineTrial(number, {
    config,
    state: 'Completed',
    observations: [{ resource: 9, value, at: number }],
    decisions,
  });
}

function suggested(
  trials: readonly Trial[],
  { seed = 1, candidates }: { seed?: number; candidates?: readonly Config[] } = {},
) {
  const algorithm = { type: 'regularizedEvolution', population: 3, sample: 30 } as const;
  const study = anEngineStudy({ parameters, algorithm, seed, initialTrials: [] });
  const space = createSpace(parameters);
  return createSearcher(algorithm).suggest({ study, space, trials, number: 9, until: 9, candidates });
}

const best = { p: 'a', q: 'a', r: 'a' };
const others = [
  { p: 'b', q: 'c', r: 'd' },
  { p: 'd', q: 'd', r: 'c' },
];
const population = [best, ...others].map((config, i) => completed(i + 1, config, i));

const differing = (config: Config = {}, other: Config): number =>
  Object.keys(other).filter((name) => config[name] !== other[name]).length;

describe('regularized evolution', () => {
  test('draws at random until the population is there', () => {
    expect(suggested(population.slice(1))?.origin).toBe('Random');
  });

  test('changes one parameter of the best', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { config, origin } = suggested(population, { seed }) ?? {};
      expect({ origin, differing: differing(config, best) }, `seed ${seed}`).toEqual({ origin: 'Model', differing: 1 });
    }
  });

  test('lets the oldest die, however good', () => {
    const later = completed(4, { p: 'c', q: 'c', r: 'c' }, 1);
    const { config } = suggested([...population, later]) ?? {};
    expect(differing(config, { p: 'c', q: 'c', r: 'c' })).toBe(1);
  });

  test('takes the candidate nearest to the mutation', () => {
    const candidates = [
      { p: 'd', q: 'b', r: 'b' },
      { p: 'a', q: 'a', r: 'b' },
    ];
    expect(suggested(population, { candidates })?.config).toBe(candidates[1]);
  });
});
