/** What the random Studies are worth: they meet everything the API lets an author choose. */
import { expect, test } from 'vitest';
import { ALGORITHM_NAMES } from '../../operator/api/algorithm.ts';
import { ACQUISITIONS } from '../../src/acquisition/registry.ts';
import { JOINT_KERNELS } from '../../src/kernels/registry.ts';
import { randomStudy } from './studies.ts';

const algorithms = Array.from({ length: 2000 }, (_, seed) => randomStudy(seed).spec.algorithm);

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
