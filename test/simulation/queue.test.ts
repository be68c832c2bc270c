/** Studies whose Jobs wait in a queue, under virtual time. */
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../operator/observe.ts';
import { aStudy } from '../builders.ts';
import { type Faults, NO_FAULTS } from './faults.ts';
import { LUCKY } from './misfortunes.ts';
import { randomFaults } from './random.ts';
import { simulate } from './world.ts';

const trialTemplate = {
  metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } },
  spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } },
};
const study = aStudy({
  trialTemplate,
  resource: { max: 81 },
  algorithm: { randomSearch: {} },
  parallelism: 6,
  queue: { surplus: 2 },
  limits: { maxTrials: 12 },
  checkpoint: { claimName: 'checkpoints' },
});

const EPOCHS = 12 * 81;

describe.each([
  ['calm', (_: number): Faults => NO_FAULTS, 0],
  ['rough', (seed: number): Faults => ({ ...randomFaults(seed), crash: 0.02 }), 30],
] as const)('in a %s world', (_, faultsOf, unread) => {
  test.each([1, 2, 3, 4, 5])('seed %i: preempted trials go on, fail nothing and train nothing twice', async (seed) => {
    const { broken, world, peak } = await simulate({
      seed,
      study,
      faults: faultsOf(seed),
      misfortunes: LUCKY,
      quota: 3,
    });
    expect(broken).toEqual([]);
    expect(world.trials.map(({ status }) => stateOf(status))).toEqual(world.trials.map(() => 'Completed'));
    expect(world.trials).toHaveLength(12);
    expect(peak).toBeLessThanOrEqual(3);
    const attempts = world.trials.flatMap(({ status }) => status?.attempts ?? []);
    const preempted = attempts.filter(({ outcome }) => outcome === 'Preempted');
    expect(preempted.length).toBeGreaterThan(0);
    // Each epoch counts once; what a pod said while nobody listened is gone with it.
    const { resource = 0 } = world.study.status?.usage ?? {};
    expect([resource <= EPOCHS, resource >= EPOCHS - unread]).toEqual([true, true]);
    // One Job each, however often it was preempted.
    expect(new Set(attempts.map(({ job }) => job)).size).toBe(12);
  });
});
