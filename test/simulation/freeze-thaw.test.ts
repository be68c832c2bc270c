/** Who goes on is the model's choice, found in a thread while the world changes: the operator around it. */
import { expect, test } from 'vitest';
import { condition } from '../../operator/conditions.ts';
import { stateOf } from '../../operator/observe.ts';
import { aStudy } from '../builders.ts';
import { LUCKY } from './misfortunes.ts';
import { randomFaults } from './random.ts';
import { simulate } from './world.ts';

test.each([1, 2, 3, 4])('seed %i: trials pause and go on until nothing paused is worth it', async (seed) => {
  const algorithm = { freezeThaw: { quantum: 2, initialRandom: 2, fantasies: 2 } };
  const study = aStudy({ algorithm, seed, limits: { maxTrials: 8 } });
  const misfortunes = { ...LUCKY, lose: 0.1 };
  const { broken, world } = await simulate({ seed, study, faults: randomFaults(seed), misfortunes });
  expect([broken, condition(world.study.status?.conditions, 'Succeeded')?.reason]).toEqual([[], 'MaxTrialsReached']);
  const states = world.trials.map(({ status }) => stateOf(status));
  expect([...new Set(states)].sort()).toEqual(['Completed', 'Paused']);
  const promotions = world.trials.flatMap(({ spec }) => spec.decisions.filter(({ kind }) => kind === 'Promote'));
  expect(promotions.filter(({ known }) => known === undefined)).toEqual([]);
  expect(promotions.length).toBeGreaterThan(3);
});
