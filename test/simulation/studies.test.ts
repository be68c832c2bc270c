/** What the random Studies are worth: they meet everything the API lets an author choose. */
import { expect, test } from 'vitest';
import { ALGORITHM_NAMES } from '../../operator/api/algorithm.ts';
import { ACQUISITIONS } from '../../src/acquisition/registry.ts';
import { JOINT_KERNELS } from '../../src/kernels/registry.ts';
import { randomStudy } from './studies.ts';

const specs = Array.from({ length: 2000 }, (_, seed) => randomStudy(seed).spec);
const algorithms = specs.map(({ algorithm }) => algorithm);

test('random Studies meet every algorithm, each with many settings', () => {
  for (const name of ALGORITHM_NAMES) {
    const settings = algorithms.flatMap((algorithm) => JSON.stringify(algorithm?.[name]) ?? []);
    expect(settings.length, name).toBeGreaterThan(10);
    const [first = '{}'] = settings;
    if (first !== '{}') expect(new Set(settings).size, name).toBeGreaterThan(5);
  }
});

test('random Studies meet every kernel and every acquisition', () => {
  const met = (option: 'kernel' | 'acquisition') => new Set(algorithms.map((algorithm) => algorithm?.abohb?.[option]));
  expect([...met('kernel')]).toEqual(expect.arrayContaining(Object.keys(JOINT_KERNELS)));
  expect([...met('acquisition')]).toEqual(expect.arrayContaining(Object.keys(ACQUISITIONS)));
});

test('random Studies meet trials of another kind, with every way to find their pods, and queues of them', () => {
  const gangs = specs.flatMap(({ trialTemplate }) => (trialTemplate.kind === undefined ? [] : [trialTemplate]));
  const ways = gangs.map(({ pods, spec }) => JSON.stringify([Object.values(pods?.labels ?? {}), spec['copiesLabels']]));
  expect(gangs.length).toBeGreaterThan(200);
  expect(new Set(ways).size).toBe(5);
  expect(gangs.filter(({ metadata }) => metadata?.labels !== undefined).length).toBeGreaterThan(20);
});

test('random Studies meet everything that ends one', () => {
  const limits = specs.flatMap((spec) => Object.keys(JSON.parse(JSON.stringify(spec.limits))));
  for (const limit of ['maxTrials', 'maxFailedTrials', 'maxDuration', 'maxGPUHours'])
    expect(limits.filter((met) => met === limit).length, limit).toBeGreaterThan(100);
  expect(specs.filter((spec) => spec.limits.maxTrials === undefined).length).toBeGreaterThan(50);
  expect(specs.filter((spec) => spec.objective.target !== undefined).length).toBeGreaterThan(100);
  expect(specs.filter((spec) => spec.onCompletion.runningTrials === 'Finish').length).toBeGreaterThan(100);
});
