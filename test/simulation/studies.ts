/** Random small Studies: every algorithm and option, so that the simulation meets their combinations. */
import type { Study } from '../../operator/api/study.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { aStudy } from '../builders.ts';

function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.int(items.length)] as T;
}

export function randomStudy(seed: number): Study {
  const rng = stream(seed, 'study', 0);
  const max = pick(rng, [1, 3, 3, 9, 9, 9, 9, 27]);
  return aStudy({
    objective: { metric: 'val_error', goal: pick(rng, ['Minimize', 'Maximize']) },
    resource: { name: 'epoch', min: 1, max },
    algorithm: algorithm(rng),
    parallelism: 1 + rng.int(5),
    limits: { maxTrials: 3 + rng.int(6) },
    seed: rng.int(1000),
    ...(rng.uniform() < 0.2 && { metrics: { annotation: {} } }),
    ...(rng.uniform() < 0.3 && {
      parameters: [{ name: 'op', categorical: { values: ['a', 'b', 'c', 'd', 'e', 'f'] } }],
    }),
  });
}

/** Models take their time: rarely, and small. */
const SMALL_MODEL = { initialRandom: 2, fantasies: 2 };

function algorithm(rng: Rng): unknown {
  if (rng.uniform() < 0.01) return { abohb: { ...SMALL_MODEL, scheduling: pick(rng, ['Stopping', 'Promotion']) } };
  if (rng.uniform() < 0.005) return { bayesianOptimization: SMALL_MODEL };
  if (rng.uniform() < 0.2) return { randomSearch: {} };
  if (rng.uniform() < 0.1) return { bohb: { scheduling: pick(rng, ['Synchronous', 'Stopping', 'Promotion']) } };
  if (rng.uniform() < 0.1) return { regularizedEvolution: { population: 2, sample: 2 } };
  if (rng.uniform() < 0.2) return { hyperband: { reductionFactor: pick(rng, [2, 3]), brackets: 1 + rng.int(3) } };
  return {
    asynchronousHyperband: {
      scheduling: pick(rng, ['Stopping', 'Promotion']),
      brackets: 1 + rng.int(3),
      rungs: pick(rng, ['Shared', 'PerBracket']),
      rule: pick(rng, ['Quantile', 'TopK']),
    },
  };
}
