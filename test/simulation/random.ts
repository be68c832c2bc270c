/**
 * Random Studies under random faults, thousands of seeds. A failing seed is printed; SIMULATION_SEED=n runs it alone and
 * SIMULATION_LOG=info shows what the operator did. SIMULATION_SEEDS=n is how many (1,000; in CI 5,000).
 */
import { describe, expect, test } from 'vitest';
import { stream } from '../../src/rng.ts';
import type { Faults } from './faults.ts';
import type { Misfortunes } from './misfortunes.ts';
import { randomStudy } from './studies.ts';
import { restless } from './user.ts';
import { type Scenario, simulate } from './world.ts';

const ONLY = process.env['SIMULATION_SEED'];
const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? (process.env['CI'] === 'true' ? 5000 : 1000));

export function randomFaults(seed: number): Faults {
  const rng = stream(seed, 'kinds of faults', 0);
  const sometimes = (chance: number): number => (rng.uniform() < 0.5 ? chance * rng.uniform() : 0);
  return {
    crash: sometimes(0.05),
    conflict: sometimes(0.2),
    error: sometimes(0.1),
    lostAnswer: sometimes(0.1),
    drop: sometimes(0.1),
    gone: sometimes(0.05),
    lagMs: sometimes(5000),
    duplicate: sometimes(0.1),
    cut: sometimes(0.1),
    slow: sometimes(0.1),
    skewMs: sometimes(60_000),
    // Has a test of its own.
    handOver: 0,
  };
}

function randomMisfortunes(seed: number): Misfortunes {
  const rng = stream(seed, 'kinds of misfortunes', 0);
  const sometimes = (chance: number): number => (rng.uniform() < 0.5 ? chance * rng.uniform() : 0);
  const lives = { crash: sometimes(0.3), diverge: sometimes(0.3), lose: sometimes(0.3), overrun: sometimes(0.2) };
  const starts = {
    infeasible: sometimes(0.2),
    outOfMemory: sometimes(0.2),
    stuck: sometimes(0.3),
    pending: sometimes(0.1),
    rotate: sometimes(0.5),
    refused: sometimes(0.3),
  };
  const ends = { linger: rng.uniform(), deaf: sometimes(1) };
  const nodes = { evict: sometimes(0.3), strand: sometimes(0.2), turnedAway: sometimes(0.2) };
  return { ...lives, ...starts, ...ends, ...nodes };
}

/** Now and then the cluster is told of a kind only when a Study has named it. */
function lateKinds(seed: number): number {
  const rng = stream(seed, 'kinds', 0);
  return rng.uniform() < 0.3 ? rng.uniform() * 600_000 : 0;
}

export const scenario = (seed: number): Scenario => ({
  seed,
  study: randomStudy(seed),
  faults: randomFaults(seed),
  misfortunes: randomMisfortunes(seed),
  quota: 1 + stream(seed, 'quota', 0).int(4),
  kindsAfterMs: lateKinds(seed),
  ...(seed % 3 === 0 && { user: restless(seed) }),
});

/** The seeds of one of several files: files run side by side on several cores. */
export function keepsEveryInvariant({ shard, shards }: { shard: number; shards: number }): void {
  const all = ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => i) : [Number(ONLY)];
  const seeds = all.filter((seed) => seed % shards === shard);
  describe.skipIf(seeds.length === 0)('random Studies under random faults', () => {
    test(`${seeds.length} seeds keep every invariant`, async () => {
      const failures: string[] = [];
      let crashes = 0;
      for (const seed of seeds) {
        const result = await simulate(scenario(seed));
        crashes += result.crashes;
        if (result.broken.length > 0) failures.push(`SIMULATION_SEED=${seed}: ${result.broken.join('; ')}`);
        if (failures.length >= 5) break;
      }
      expect(failures).toEqual([]);
      // The faults did happen.
      if (seeds.length > 100) expect(crashes).toBeGreaterThan(seeds.length / 10);
    });
  });
}
