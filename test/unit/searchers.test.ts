/** What every searcher promises, whatever it learns. */
import { describe, expect, test } from 'vitest';
import type { Config, Parameter, Trial } from '../../src/model.ts';
import { createSearcher, type Suggestion } from '../../src/searching/searcher.ts';
import { createSpace } from '../../src/space/space.ts';
import { engineAlgorithmOf, SMALL_ALGORITHMS } from '../algorithms.ts';
import { anEngineStudy, anEngineTrial } from '../builders.ts';

/** 20 configurations: `depth` is there with one of the operations only. */
const parameters: readonly Parameter[] = [
  { name: 'width', type: 'int', min: 1, max: 5, scale: 'Linear' },
  { name: 'op', type: 'categorical', values: ['a', 'b'] },
  { name: 'depth', type: 'ordinal', values: [1, 2, 3], spacing: 'Equal', activeWhen: { parameter: 'op', in: ['b'] } },
];
const space = createSpace(parameters);
const initialTrials = [{ width: 5, op: 'b', depth: 3 }, { width: 2 }];

/** Completed trials of these configurations, each worth something else. */
function trialsOf(configs: readonly Config[]): readonly Trial[] {
  return configs.map((config, i) => {
    const observations = [1, 3, 9].map((resource) => ({
      resource,
      value: ((i * 7) % 5) + 1 / resource,
      at: 10 * i + resource,
    }));
    const decisions = [
      { seq: 2 * i + 1, kind: 'Start' as const },
      { seq: 2 * i + 2, kind: 'Complete' as const, level: 9 },
    ];
    return anEngineTrial(i + 1, { config, until: 9, state: 'Completed', observations, decisions });
  });
}

describe.each(SMALL_ALGORITHMS)('the searcher of %s', (_, algorithm) => {
  const study = anEngineStudy({ parameters, initialTrials, algorithm: engineAlgorithmOf(algorithm) });

  const suggested = (tried: readonly Config[], candidates?: readonly Config[]): Suggestion | undefined => {
    const occasion = { study, space, trials: trialsOf(tried), number: tried.length + 1, until: 1, candidates };
    return createSearcher(study.algorithm).suggest(occasion);
  };
  const search = (count: number): readonly Config[] => {
    const tried: Config[] = [];
    while (tried.length < count) {
      const suggestion = suggested(tried);
      if (suggestion === undefined) break;
      tried.push(suggestion.config);
    }
    return tried;
  };

  test('tries the initial trials first', () => {
    expect(search(2)).toEqual(initialTrials.map((config) => space.complete(config)));
  });

  test('goes through the whole space, each configuration once and valid, then ends', () => {
    const all = search(100);
    expect(new Set(all.map((config) => space.key(config))).size).toBe(20);
    expect(all).toHaveLength(20);
    expect(all.flatMap((config) => space.check(config))).toEqual([]);
  });

  test('suggests the same again for the same trials, in whatever order they are given', () => {
    const tried = search(9);
    const occasion = { study, space, number: 10, until: 1 };
    const [inOrder, reversed] = [trialsOf(tried), trialsOf(tried).toReversed()].map((trials) =>
      createSearcher(study.algorithm).suggest({ ...occasion, trials }),
    );
    expect(reversed).toEqual(inOrder);
  });

  test('chooses among candidates where it is given some, and nothing where none is left', () => {
    const tried = search(9);
    const keys = new Set(tried.map((config) => space.key(config)));
    const candidates = [...space.configs()].filter((config) => !keys.has(space.key(config))).slice(0, 3);
    expect(candidates).toContain(suggested(tried, candidates)?.config);
    expect(suggested(tried, [])).toBeUndefined();
  });
});
