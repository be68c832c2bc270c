/** Two operators alive at once: one that does not know that it was replaced acts on for seconds, some after a pause. */
import { expect, test } from 'vitest';
import { aStudy } from '../builders.ts';
import { LUCKY } from './misfortunes.ts';
import { randomFaults } from './random.ts';
import { simulate } from './world.ts';

test('what the one that was replaced still does keeps every invariant, as far as they hold for late writes', async () => {
  let handOvers = 0;
  let late = 0;
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
    const study = aStudy({ algorithm: { asynchronousHyperband: {} }, seed, limits: { maxTrials: 15 } });
    const faults = { ...randomFaults(seed), handOver: 0.05 };
    const { broken, world, ...told } = await simulate({ seed, study, faults, misfortunes: { ...LUCKY, linger: 0.5 } });
    expect([seed, broken]).toEqual([seed, []]);
    handOvers += told.handOvers;
    late += world.lateDecisions ?? 0;
  }
  expect([handOvers > 24, late > 0]).toEqual([true, true]);
});
