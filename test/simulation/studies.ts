/** Random small Studies: every algorithm and option, so that the simulation meets their combinations. */
import { ALGORITHM_NAMES } from '../../operator/api/algorithm.ts';
import type { Study } from '../../operator/api/study.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { randomAlgorithm } from '../algorithms.ts';
import { studyManifest } from '../builders.ts';

function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.int(items.length)] as T;
}

export function randomStudy(seed: number): Study {
  const rng = stream(seed, 'study', 0);
  for (;;) {
    const drawn = validateStudy(studyManifest(randomSpec(rng)));
    // Options need not fit the resource.
    if ('study' in drawn) return drawn.study;
  }
}

function randomMetrics(rng: Rng): Readonly<Record<string, unknown>> {
  const drawn = rng.uniform();
  if (drawn < 0.2) return { metrics: { annotation: {} } };
  if (drawn < 0.35) return { metrics: { file: { path: '/metrics/train.jsonl' } } };
  return drawn < 0.45 ? { metrics: { log: {}, additional: ['loss'] } } : {};
}

function randomSpec(rng: Rng): Readonly<Record<string, unknown>> {
  const max = pick(rng, [1, 3, 3, 9, 9, 9, 9, 27]);
  return {
    objective: { metric: 'val_error', goal: pick(rng, ['Minimize', 'Maximize']) },
    resource: { name: 'epoch', min: 1, max },
    parallelism: 1 + rng.int(5),
    limits: { maxTrials: 3 + rng.int(6) },
    seed: rng.int(1000),
    ...(rng.uniform() < 0.95 && { algorithm: randomAlgorithm(pick(rng, ALGORITHM_NAMES), rng) }),
    ...randomMetrics(rng),
    ...(rng.uniform() < 0.3
      ? {
          parameters: [{ name: 'op', categorical: { values: ['a', 'b', 'c', 'd', 'e', 'f'] } }],
          initialTrials: [{ op: 'b' }, { op: 'e' }],
        }
      : { initialTrials: [{}, { lr: 0.5 }] }),
    ...(rng.uniform() < 0.3 && {
      checkpoint: { claimName: 'checkpoints', retain: pick(rng, ['All', 'Completed', 'Best', 'None']) },
    }),
    ...(rng.uniform() < 0.25 && queueing(rng)),
    ...(rng.uniform() < 0.5 ? { pause: 'Signal' } : profiles(rng, max)),
  };
}

/** Drawn once more where trials never pause: then they are refused. */
function profiles(rng: Rng, max: number): Readonly<Record<string, unknown>> {
  if (rng.uniform() < 0.6) return {};
  const [slice, whole] = ['nvidia.com/mig-1g.10gb', 'nvidia.com/gpu'];
  const top = { fromLevel: 1 + rng.int(max), limits: { [whole]: 1 }, remove: [slice] };
  const first = { fromLevel: 1, limits: { [slice]: 1 } };
  return { resourceProfiles: top.fromLevel === 1 ? [top] : [first, top] };
}

function queueing(rng: Rng): Readonly<Record<string, unknown>> {
  const { trialTemplate } = studyManifest().spec;
  const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
  const priorityClasses = [{ fromLevel: 1 + rng.int(9), name: 'high' }];
  return {
    trialTemplate: { ...trialTemplate, metadata },
    ...(rng.uniform() < 0.5 && { queue: { surplus: 1 + rng.int(3), priorityClasses } }),
  };
}
