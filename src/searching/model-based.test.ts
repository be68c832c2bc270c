import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { someAbohb } from '../../test/builders.ts';
import { JOINT_KERNELS, type JointKernelName } from '../kernels/registry.ts';
import type { Config, Goal, Parameter, Proposing, Refit, Study, Trial } from '../model.ts';
import { createSpace } from '../space/space.ts';
import { levelTrust } from './level-trust.ts';
import { modelBasedSearcher, propose } from './model-based.ts';
import { MODEL_BASED_DEFAULTS, type ModelBasedOptions, modelBasedOptions } from './model-options.ts';

const LEVELS = [1, 3, 9];
const x: Parameter = { name: 'x', type: 'float', min: 0, max: 1, scale: 'Linear' };
const y: Parameter = { name: 'y', type: 'float', min: 1e-4, max: 1, scale: 'Log' };
const op: Parameter = { name: 'op', type: 'categorical', values: ['a', 'b', 'c'] };

function aStudy(overrides: Partial<Study> = {}): Study {
  return {
    seed: 17,
    goal: 'Minimize',
    resource: { min: 1, max: 9 },
    parameters: [x, y, op],
    algorithm: { type: 'randomSearch' },
    initialTrials: [],
    parallelism: 4,
    open: true,
    ...overrides,
  };
}

/** Least at x = 0.3, y = 0.01, op = b, and falling along the curve. */
function loss(config: Config, r: number): number {
  const [px, py] = [Number(config['x']), Math.log10(Number(config['y']))];
  return (px - 0.3) ** 2 + 0.1 * (py + 2) ** 2 + (config['op'] === 'b' ? 0 : 0.2) + 0.5 / r;
}

function aTrial(number: number, config: Config, reached: number, scale = 1): Trial {
  const observations = LEVELS.filter((r) => r <= reached).map((resource) => ({
    resource,
    value: scale * loss(config, resource),
    at: 10 * number + resource,
    seconds: resource * (1 + 9 * Number(config['x'] ?? 0)),
  }));
  const state = reached >= 9 ? 'Completed' : 'Active';
  return { number, config, bracket: 0, until: 9, state, observations, decisions: [] };
}

function someTrials(study: Study, count: number, scale = 1): Trial[] {
  const space = createSpace(study.parameters);
  const random = modelBasedSearcher({ ...options(), initialRandom: 1000 });
  const trials: Trial[] = [];
  while (trials.length < count) {
    const number = trials.length + 1;
    const suggestion = random.suggest({ study, space, trials, number, until: 1 });
    if (suggestion === undefined) break;
    trials.push(aTrial(number, suggestion.config, [1, 3, 9, 0][number % 4]!, scale));
  }
  return trials;
}

const options = (overrides: Partial<ModelBasedOptions> = {}): ModelBasedOptions => ({
  ...MODEL_BASED_DEFAULTS,
  observations: 'Rungs',
  starts: 1,
  maxIterations: 15,
  candidates: 60,
  fantasies: 5,
  ...overrides,
});

const CHOSEN: Proposing = {
  kernel: 'Matern52',
  inputWarping: false,
  acquisition: 'ExpectedImprovement',
  acquisitionLevel: 'Data',
  fantasies: 2,
  initialRandom: 3,
  maxObservations: 100,
};

function suggestionTo(study: Study, trials: readonly Trial[], own = options()) {
  const space = createSpace(study.parameters);
  return modelBasedSearcher(own).suggest({ study, space, trials, number: trials.length + 1, until: 1 });
}

describe('a model-based search', () => {
  test('begins with the initial trials, then random ones, then asks the model', () => {
    const study = aStudy({ initialTrials: [{ x: 0.5 }] });
    expect(suggestionTo(study, [])?.origin).toBe('Initial');
    const trials = [aTrial(1, createSpace(study.parameters).complete({ x: 0.5 }), 9)];
    expect(suggestionTo(study, trials)?.origin).toBe('Random');
    expect(suggestionTo(study, [...trials, ...someTrials(aStudy(), 8)])?.origin).toBe('Model');
  });

  test('finds the least of a simple function better than chance does', () => {
    const study = aStudy();
    const trials = someTrials(study, 8);
    while (trials.length < 24) trials.push(aTrial(trials.length + 1, suggestionTo(study, trials)!.config, 9));
    const best = (own: readonly Trial[]) => Math.min(...own.map(({ config }) => loss(config, 9)));
    expect(best(trials) - 0.5 / 9).toBeLessThan(0.02);
    expect(best(trials)).toBeLessThan(best(someTrials(study, 24)));
  });

  test('seeks the greatest value where the goal is to maximise', () => {
    const study = aStudy({ goal: 'Maximize' });
    const trials = someTrials(study, 8, -1);
    while (trials.length < 20) trials.push(aTrial(trials.length + 1, suggestionTo(study, trials)!.config, 9, -1));
    expect(Math.min(...trials.map(({ config }) => loss(config, 9))) - 0.5 / 9).toBeLessThan(0.05);
  });

  test('suggests the same for the same trials, in whatever order they are given', () => {
    const study = aStudy();
    const trials = someTrials(study, 12);
    expect(suggestionTo(study, trials.toReversed())).toEqual(suggestionTo(study, trials));
  });

  test('chooses among candidates where it is given some', () => {
    const study = aStudy();
    const [near, far] = [
      { x: 0.3, y: 0.01, op: 'b' },
      { x: 1, y: 1, op: 'a' },
    ];
    const trials = someTrials(study, 16);
    const occasion = { study, space: createSpace(study.parameters), trials, number: 17, until: 1 };
    const suggested = (candidates: readonly Config[]) =>
      modelBasedSearcher(options({ ranking: 'Acquisition' })).suggest({ ...occasion, candidates });
    expect(suggested([far, near])).toMatchObject({ config: near, origin: 'Model' });
    expect(suggested([far])).toMatchObject({ config: far, origin: 'Model' });
    expect(suggested([])).toBeUndefined();
  });

  test('goes through a small space completely, then ends', () => {
    const small: Parameter = { name: 'n', type: 'int', min: 1, max: 6, scale: 'Linear' };
    const study = aStudy({ parameters: [small, op] });
    const trials: Trial[] = [];
    for (;;) {
      const suggestion = suggestionTo(study, trials);
      if (suggestion === undefined) break;
      trials.push({
        ...aTrial(trials.length + 1, { x: 0.5, y: 0.1, ...suggestion.config }, 3),
        config: suggestion.config,
      });
    }
    expect(new Set(trials.map(({ config }) => createSpace(study.parameters).key(config))).size).toBe(18);
    expect(trials).toHaveLength(18);
  });

  test('goes on at random while no trial has reported, and when all have failed', () => {
    const failed = someTrials(aStudy(), 12).map((trial): Trial => ({ ...trial, state: 'Failed', observations: [] }));
    expect(suggestionTo(aStudy(), failed)?.origin).toBe('Random');
  });

  test('says why it proposes a configuration', () => {
    const study = aStudy();
    const trials = someTrials(study, 20);
    const occasion = { study, space: createSpace(study.parameters), trials, number: 21, until: 1 };
    const proposal = propose(occasion, options())!;
    expect(proposal.resource).toBe(9);
    expect(proposal.deviation).toBeGreaterThan(0);
    expect(proposal.acquisition).toBeLessThan(0);
    expect(propose(occasion, options({ resource: 'First' }))?.resource).toBe(1);
    expect(propose(occasion, options({ resource: 'Final' }))?.resource).toBe(9);
    expect(suggestionTo(study, trials)?.proposal).toMatchObject({ level: 9, mean: expect.closeTo(proposal.mean, 4) });
  });

  test('lets all levels predict together where it is told to, each as far as it can be trusted', () => {
    const study = aStudy({ algorithm: someAbohb() });
    const trials = someTrials(study, 24);
    const occasion = { study, space: createSpace(study.parameters), trials, number: 25, until: 1 };
    const candidates = [{ x: 0.6, y: 0.1, op: 'a' }];
    const own = options({ kernel: 'IndependentPerLevel', bandwidths: 'PerCoordinate', fantasies: 0 });
    const { mean, resource } = propose({ ...occasion, candidates }, { ...own, ensemble: true })!;
    const weights = levelTrust(occasion, own);
    expect(weights.map(({ level }) => level)).toEqual(LEVELS);
    expect(resource).toBe(9);
    // Levels differ by what is left to be gained: 0.5 at the first, 0.5/9 at the last.
    const expected = weights.reduce((sum, { level, weight }) => sum + weight * loss(candidates[0]!, level), 0);
    expect(mean).toBeCloseTo(expected, 1);
    expect(mean).not.toBe(propose({ ...occasion, candidates }, own)!.mean);
  });

  test('prefers what is cheap where it is told to, the more the more cost counts', () => {
    const study = aStudy();
    const trials = someTrials(study, 16);
    // Equally far from the best in both directions; where x is large, training takes longer.
    const candidates = [0.5, 0.1].map((of_x) => ({ x: of_x, y: 0.01, op: 'b' }));
    const occasion = { study, space: createSpace(study.parameters), trials, number: 17, until: 1 };
    const acquisitions = (own: Partial<ModelBasedOptions>) =>
      candidates.map((one) => -propose({ ...occasion, candidates: [one] }, options(own))!.acquisition);
    const ratio = ([dear = 0, cheap = 0]: readonly number[]) => cheap / dear;
    const plain = ratio(acquisitions({}));
    const perCost = (costExponent: number) =>
      ratio(acquisitions({ acquisition: 'ExpectedImprovementPerCost', costExponent })) / plain;
    expect(perCost(0)).toBeCloseTo(1, 9);
    // Ten times from one end to the other, a bit less by the ridge; candidates are 0.4 apart.
    expect(perCost(1)).toBeGreaterThan(10 ** 0.2);
    expect(perCost(1)).toBeLessThan(10 ** 0.6);
    expect(perCost(0.5)).toBeCloseTo(perCost(1) ** 0.5, 9);
  });

  test('keeps its hyperparameters between refits, whose sizes may be chosen', () => {
    const study = aStudy();
    const trials = someTrials(study, 12);
    const count = trials.reduce((sum, { observations }) => sum + observations.length, 0);
    const occasion = { study, space: createSpace(study.parameters), trials, number: 13, until: 1 };
    const meanBy = (refit: Refit | undefined) => propose(occasion, modelBasedOptions({ ...CHOSEN, refit }))!.mean;
    const [early, late] = [
      { always: 5, every: count },
      { always: 5, every: 1 },
    ].map((period) => meanBy({ period }));
    expect(early).not.toBe(late);
    expect(meanBy({ growth: 0.05 })).toBe(meanBy(undefined));
    expect(meanBy({ growth: 10 })).not.toBe(late);
  });

  test('is as confident as it is told to be', () => {
    const study = aStudy();
    const trials = someTrials(study, 16);
    const occasion = { study, space: createSpace(study.parameters), trials, number: 17, until: 1 };
    const candidates = [{ x: 0.9, y: 0.5, op: 'c' }];
    const chosen = { ...CHOSEN, acquisition: 'LowerConfidenceBound' } as const;
    for (const confidence of [0, 1, 2.5]) {
      const proposal = propose({ ...occasion, candidates }, modelBasedOptions({ ...chosen, confidence }))!;
      expect(proposal.acquisition).toBeCloseTo(proposal.mean - confidence * proposal.deviation, 9);
    }
  });

  test('says it of a maximised metric as it would be reported', () => {
    const said = (goal: Goal, acquisition: ModelBasedOptions['acquisition']) => {
      const trials = someTrials(aStudy(), 20, goal === 'Minimize' ? 1 : -1);
      return suggestionTo(aStudy({ goal }), trials, options({ acquisition }))!.proposal!;
    };
    const improved = said('Minimize', 'ExpectedImprovement');
    expect(improved.acquisition).toBeGreaterThan(0);
    expect(said('Maximize', 'ExpectedImprovement')).toEqual({ ...improved, mean: -improved.mean! });
    const bounded = said('Minimize', 'LowerConfidenceBound');
    expect(bounded.acquisition).toBeCloseTo(bounded.mean! - bounded.deviation!, 4);
    const { mean, acquisition } = bounded;
    expect(said('Maximize', 'LowerConfidenceBound')).toEqual({ ...bounded, mean: -mean!, acquisition: -acquisition });
  });
});

describe('every setting proposes a new, valid configuration', () => {
  const settings: Partial<ModelBasedOptions>[] = [
    ...(Object.keys(JOINT_KERNELS) as JointKernelName[]).map((kernel) => ({ kernel, warping: true })),
    { acquisition: 'LowerConfidenceBound', ranking: 'Acquisition' },
    { acquisition: 'ExpectedImprovementPerCost' },
    { fantasies: 0, resource: 'Final' },
    { kernel: 'IndependentPerLevel', ensemble: true, resource: 'First' },
    { observations: 'Rungs', pending: 'EveryUnit', maxObservations: 5 },
  ];

  test.each(settings)('%o', (setting) => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.constantFrom(1e-12, 0, 1, 1e12), (seed, scale) => {
        const study = aStudy({ seed, algorithm: someAbohb() });
        const trials = someTrials(study, 14, scale);
        const space = createSpace(study.parameters);
        const suggestion = suggestionTo(study, trials, options(setting))!;
        expect(suggestion.origin).toBe('Model');
        expect(Object.values(suggestion.proposal ?? {}).filter(Number.isFinite)).toHaveLength(4);
        expect(space.check(suggestion.config)).toEqual([]);
        expect(trials.map(({ config }) => space.key(config))).not.toContain(space.key(suggestion.config));
      }),
      { numRuns: 8 },
    );
  });
});
