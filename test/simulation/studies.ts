/** Random small Studies: every algorithm and option, so that the simulation meets their combinations. */
import type { Study } from '../../operator/api/study.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import { type Rng, stream } from '../../src/rng.ts';

function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.int(items.length)] as T;
}

export function randomStudy(seed: number): Study {
  const rng = stream(seed, 'study', 0);
  const max = pick(rng, [1, 3, 9, 27]);
  return aStudy({
    objective: { metric: 'val_error', goal: pick(rng, ['Minimize', 'Maximize']) },
    resource: { name: 'epoch', min: 1, max },
    algorithm: algorithm(rng),
    parallelism: 1 + rng.int(5),
    limits: { maxTrials: 3 + rng.int(12) },
    seed: rng.int(1000),
    ...(rng.uniform() < 0.3 && {
      parameters: [{ name: 'op', categorical: { values: ['a', 'b', 'c', 'd', 'e', 'f'] } }],
    }),
  });
}

function algorithm(rng: Rng): unknown {
  if (rng.uniform() < 0.2) return { randomSearch: {} };
  return {
    asynchronousHyperband: {
      scheduling: pick(rng, ['Stopping', 'Promotion']),
      brackets: 1 + rng.int(3),
      rungs: pick(rng, ['Shared', 'PerBracket']),
      rule: pick(rng, ['Quantile', 'TopK']),
    },
  };
}

/** A valid Study; the given fields of the spec replace the usual ones. */
export function aStudy(spec: Readonly<Record<string, unknown>> = {}): Study {
  const validated = validateStudy({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name: 'digits', namespace: 'default' },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 9 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      limits: { maxTrials: 12 },
      parallelism: 3,
      seed: 1,
      trialTemplate: { spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } } },
      ...spec,
    },
  });
  if ('problems' in validated) throw new TypeError(JSON.stringify(validated.problems));
  return validated.study;
}
