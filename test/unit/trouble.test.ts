/**
 * Numerical trouble: whatever trials reported, a suggestion is a configuration of the space that no trial has, and what
 * it says about itself are numbers.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOINT_KERNELS } from '../../src/kernels/registry.ts';
import type { Config, Parameter, Study, Trial } from '../../src/model.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { createSearcher, type Suggestion } from '../../src/searching/searcher.ts';
import { createSpace } from '../../src/space/space.ts';
import { type AlgorithmSpec, engineAlgorithmOf, randomAlgorithm } from '../algorithms.ts';
import { anEngineStudy, anEngineTrial } from '../builders.ts';

const MAX = 9;
const x: Parameter = { name: 'x', type: 'float', min: 0, max: 1, scale: 'Linear' };
const lr: Parameter = { name: 'lr', type: 'float', min: 1e-4, max: 1, scale: 'Log' };
const op: Parameter = { name: 'op', type: 'categorical', values: ['a', 'b', 'c'] };
const depth: Parameter = {
  name: 'depth',
  type: 'int',
  min: 1,
  max: 8,
  scale: 'Linear',
  activeWhen: { parameter: 'op', in: ['b'] },
};
const SPACE = [x, lr, op, depth];

/** Only operations: 40 of 5 kinds, 200 coordinates. */
const CELLS = Array.from(
  { length: 40 },
  (_, i): Parameter => ({ name: `op${i}`, type: 'categorical', values: ['a', 'b', 'c', 'd', 'e'] }),
);

/** From 1e-300 to 1e300, and one that hardly varies. */
const EXTREMES: readonly Parameter[] = [
  { name: 'wide', type: 'float', min: 1e-300, max: 1e300, scale: 'Log' },
  { name: 'huge', type: 'float', min: -1e300, max: 1e300, scale: 'Linear' },
  { name: 'narrow', type: 'float', min: 1, max: 1 + 1e-9, scale: 'Linear' },
  { name: 'many', type: 'int', min: 1, max: Number.MAX_SAFE_INTEGER, scale: 'Log' },
];

interface Report {
  readonly resource: number;
  readonly value: number;
  readonly seconds?: number | undefined;
}

function aTrial(number: number, config: Config, reports: readonly Report[]): Trial {
  const reached = reports.at(-1)?.resource ?? 0;
  const observations = reports.map((report) => ({ ...report, at: 100 * number + report.resource }));
  return anEngineTrial(number, { config, until: MAX, state: reached >= MAX ? 'Completed' : 'Active', observations });
}

interface Situation {
  readonly parameters?: readonly Parameter[];
  readonly count?: number;
  /** What trial n (from 1) reported; nothing while it is pending. */
  readonly reports?: (n: number, rng: Rng) => readonly Report[];
  /** There is nothing for a model to learn from. */
  readonly isBlind?: boolean;
  readonly change?: (trials: readonly Trial[]) => readonly Trial[];
}

const falling = (end: number, scale = 1): readonly Report[] =>
  [1, 3, 9].map((resource) => ({ resource, value: scale * (end + 1 / resource) }));

const fallingAnyhow = (n: number, rng: Rng): readonly Report[] => falling(rng.uniform()).slice(0, 1 + (n % 3));

function trialsOf(
  study: Study,
  { count = 8, reports = fallingAnyhow, change = (own) => own }: Situation,
): readonly Trial[] {
  const rng = stream(study.seed, 'trouble', 0);
  const space = createSpace(study.parameters);
  const trials = Array.from({ length: count }, (_, i) => aTrial(i + 1, space.sample(rng), reports(i + 1, rng)));
  return change(trials);
}

const at = (resource: number, value: number): readonly Report[] => [{ resource, value }];

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'one observation': { count: 4, reports: (n) => (n === 1 ? at(1, 0.5) : []) },
  'the same value everywhere': { reports: () => [1, 3, 9].map((resource) => ({ resource, value: 0.1 })) },
  'no value but zero': { reports: () => at(1, 0) },
  'coincident points that disagree': {
    change: (trials) => trials.map((trial) => ({ ...trial, config: trials[trial.number % 2]?.config ?? {} })),
  },
  'points that nearly coincide': {
    change: (trials) => trials.map((trial, i) => ({ ...trial, config: { x: 0.5 + i * 1e-15, lr: 0.01, op: 'a' } })),
  },
  '200 pending trials': { count: 206, reports: (n, rng) => (n <= 6 ? fallingAnyhow(n, rng) : []) },
  '200 one-hot columns': { parameters: CELLS },
  'parameters of extreme ranges': { parameters: EXTREMES },
  'nothing but failures': {
    reports: () => [],
    change: (own) => own.map((trial): Trial => ({ ...trial, state: 'Failed' })),
    isBlind: true,
  },
  'metrics of 1e-12': { reports: (_, rng) => falling(rng.uniform(), 1e-12) },
  'metrics of 1e12': { reports: (_, rng) => falling(rng.uniform(), 1e12) },
  'metrics of 1e300 and minus that': { reports: (n, rng) => falling(rng.uniform(), n % 2 === 0 ? 1e300 : -1e300) },
  'the greatest numbers there are': { reports: (n) => at(1, n % 2 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE) },
  'the least numbers there are': { reports: (n) => at(1, n * Number.MIN_VALUE) },
  'differences of rounding errors': { reports: (n) => at(3, 0.1 + n * 1e-17) },
  'tiny differences beside huge ones': { reports: (n) => at(3, n % 4 === 0 ? 1e12 * n : 1 + n * 1e-12) },
  'one outlier of 1e300': { reports: (n, rng) => at(9, n === 5 ? 1e300 : rng.uniform()) },
};

const ALGORITHMS: readonly (readonly [string, AlgorithmSpec])[] = [
  ...Object.keys(JOINT_KERNELS).map(
    (kernel) => [`abohb with ${kernel}`, { abohb: { kernel, initialRandom: 1 } }] as const,
  ),
  ['abohb with all levels together', { abohb: { kernel: 'IndependentPerLevel', ensemble: true, initialRandom: 1 } }],
  ['bayesianOptimization', { bayesianOptimization: { initialRandom: 1 } }],
  ['freezeThaw', { freezeThaw: { initialRandom: 1 } }],
];

function aStudy(algorithm: AlgorithmSpec, { parameters = SPACE }: Situation, seed = 5): Study {
  const study = { seed, resource: { min: 1, max: MAX }, parameters, initialTrials: [] };
  return anEngineStudy({ ...study, algorithm: engineAlgorithmOf(algorithm) });
}

/** The suggestion after these trials, all it says checked. */
function soundSuggestion(study: Study, trials: readonly Trial[]): Suggestion {
  const space = createSpace(study.parameters);
  const occasion = { study, space, trials, number: trials.length + 1, until: 1 };
  const suggestion = createSearcher(study.algorithm).suggest(occasion);
  if (suggestion === undefined) throw new Error('nothing was suggested');
  expect(space.check(suggestion.config)).toEqual([]);
  expect(trials.map(({ config }) => space.key(config))).not.toContain(space.key(suggestion.config));
  expect(numbersIn(suggestion).filter((number) => !Number.isFinite(number))).toEqual([]);
  return suggestion;
}

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe.each(ALGORITHMS)('%s suggests something new and valid', (_, algorithm) => {
  test.each(Object.entries(SITUATIONS))('from %s', (_, situation) => {
    const study = aStudy(algorithm, situation);
    const { origin, proposal } = soundSuggestion(study, trialsOf(study, situation));
    const isKnown = situation.isBlind !== true;
    expect({ origin, isExplained: proposal !== undefined }).toEqual({
      origin: isKnown ? 'Model' : 'Random',
      isExplained: isKnown,
    });
  });
});

const values = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1, 1e-300, 1e-12, 1e12, -1e12, 1e300, -1e300, Number.MAX_VALUE),
  fc.double({ min: 1, max: 1 + 1e-12 }),
);
/** What an epoch took, if that is known. */
const durations = fc.constantFrom(undefined, 0, 1e-300, 1, 1e12, 1e300);
const curves = fc.array(values, { maxLength: 9 });
const histories = fc.array(
  fc.record({ curve: curves, seconds: durations, isFailed: fc.boolean(), isCopy: fc.boolean() }),
  {
    maxLength: 12,
  },
);

test('any setting suggests something new and valid after any history', () => {
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.constantFrom('abohb', 'bayesianOptimization', 'freezeThaw'),
      histories,
      (seed, name, history) => {
        const study = aStudy(randomAlgorithm(name, stream(seed, 'algorithm', 0)), {}, seed);
        const rng = stream(seed, 'history', 0);
        const space = createSpace(study.parameters);
        const trials: Trial[] = [];
        for (const { curve, seconds, isFailed, isCopy } of history) {
          const config = (isCopy ? trials.at(-1)?.config : undefined) ?? space.sample(rng);
          const reports = curve.map((value, i) => ({ resource: i + 1, value, seconds: seconds && seconds * (i + 1) }));
          const trial = aTrial(trials.length + 1, config, reports);
          trials.push(isFailed ? { ...trial, state: 'Failed' } : trial);
        }
        soundSuggestion(study, trials);
      },
    ),
    { numRuns: 60 },
  );
});
