import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config, Parameter, Study, Trial } from '../model.ts';
import { createSpace } from '../space/space.ts';
import { createSearcher, type Suggestion } from './searcher.ts';

const lr: Parameter = { name: 'lr', type: 'float', min: 1e-4, max: 1, scale: 'Log' };
const layers: Parameter = { name: 'layers', type: 'int', min: 1, max: 4, scale: 'Linear' };

function aStudy(overrides: Partial<Study> = {}): Study {
  return {
    seed: 17,
    goal: 'Minimize',
    resource: { min: 1, max: 9 },
    parameters: [lr],
    algorithm: { type: 'randomSearch' },
    parallelism: 1,
    open: true,
    ...overrides,
  };
}

function aTrial(number: number, config: Config): Trial {
  return { number, config, bracket: 0, until: 9, state: 'Active', observations: [], decisions: [] };
}

/** What is suggested, one trial after the other, until the space is exhausted or there are `count` trials. */
function suggestions(study: Study, count: number): Suggestion[] {
  const space = createSpace(study.parameters);
  const searcher = createSearcher(study.algorithm);
  const made: Suggestion[] = [];
  while (made.length < count) {
    const trials = made.map(({ config }, i) => aTrial(i + 1, config));
    const suggestion = searcher.suggest({ study, space, trials, number: made.length + 1, until: 9 });
    if (suggestion === undefined) break;
    made.push(suggestion);
  }
  return made;
}

describe('the first suggestion', () => {
  test('is the mid-point when the study has no initial trials', () => {
    expect(suggestions(aStudy(), 2)).toEqual([
      { config: { lr: expect.closeTo(0.01, 12) }, origin: 'Initial' },
      { config: { lr: expect.any(Number) }, origin: 'Random' },
    ]);
  });

  test('is random when the list of initial trials is empty', () => {
    expect(suggestions(aStudy({ initialTrials: [] }), 1)[0]?.origin).toBe('Random');
  });

  test('are the initial trials in their order, completed and without repetition', () => {
    const parameters = [lr, layers];
    const initialTrials = [{ lr: 0.5 }, { lr: 0.5, layers: 2 }, { layers: 4 }];
    expect(suggestions(aStudy({ parameters, initialTrials }), 3)).toEqual([
      { config: { lr: 0.5, layers: 2 }, origin: 'Initial' },
      { config: { lr: expect.closeTo(0.01, 12), layers: 4 }, origin: 'Initial' },
      { config: expect.anything(), origin: 'Random' },
    ]);
  });
});

describe('random suggestions', () => {
  test('are determined by the seed and the number of the trial', () => {
    expect(suggestions(aStudy(), 5)).toEqual(suggestions(aStudy(), 5));
    expect(suggestions(aStudy(), 5)).not.toEqual(suggestions(aStudy({ seed: 18 }), 5));
  });

  test('go through a small space completely, then end', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (seed) => {
        const child: Parameter = { ...layers, name: 'width', activeWhen: { parameter: 'layers', in: [3, 4] } };
        const study = aStudy({ seed, parameters: [layers, child] });
        const keys = suggestions(study, 100).map(({ config }) => createSpace(study.parameters).key(config));
        expect(new Set(keys).size).toBe(10);
        expect(keys).toHaveLength(10);
      }),
      { numRuns: 20 },
    );
  });

  test('find the last configuration of a space even if it is unlikely to be drawn', () => {
    const parameters = Array.from({ length: 8 }, (_, i): Parameter => ({ ...layers, name: `p${i}`, max: 3 }));
    const space = createSpace(parameters);
    const trials = [...space.configs()].slice(1).map((config, i) => aTrial(i + 1, config));
    const study = aStudy({ parameters, initialTrials: [] });
    const found = createSearcher(study.algorithm).suggest({
      study,
      space,
      trials,
      number: trials.length + 1,
      until: 9,
    });
    expect(found?.config).toEqual(Object.fromEntries(parameters.map(({ name }) => [name, 1])));
  });

  test('end when a range is so narrow that no further number differs in seven digits', () => {
    const parameters: Parameter[] = [{ name: 'x', type: 'float', min: 0.1, max: 0.1000001, scale: 'Linear' }];
    expect(suggestions(aStudy({ parameters }), 10)).toHaveLength(2);
  });
});
