/** Random small Studies: every algorithm and option, so that the simulation meets their combinations. */
import { ALGORITHM_NAMES } from '../../operator/api/algorithm.ts';
import type { Study } from '../../operator/api/study.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import { type Rng, stream } from '../../src/rng.ts';
import { randomAlgorithm } from '../algorithms.ts';
import { studyManifest } from '../builders.ts';
import { GANG, type GangSpec } from './play.ts';

function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.int(items.length)] as T;
}

export function randomStudy(seed: number): Study {
  const rng = stream(seed, 'study', 0);
  for (;;) {
    const spec = randomSpec(rng);
    const manifest = studyManifest({ ...spec, ...randomEnds(spec, stream(seed, 'ends', 0)) });
    // As it is sent: without what was not drawn.
    const drawn = validateStudy(JSON.parse(JSON.stringify(manifest)));
    // Options need not fit the resource.
    if ('study' in drawn) return drawn.study;
  }
}

/** What ends the Study besides its maxTrials, or instead of it. */
function randomEnds(spec: RandomSpec, rng: Rng): Readonly<Record<string, unknown>> {
  const sometimes = <T>(chance: number, value: T): T | undefined => (rng.uniform() < chance ? value : undefined);
  const target = sometimes(0.2, 0.1 + 1.2 * rng.uniform());
  const maxFailedTrials = sometimes(0.3, rng.int(4));
  const maxDuration = sometimes(0.15, `${60 + rng.int(900)}s`);
  const maxGPUHours = sometimes(0.2, 0.005 + 0.1 * rng.uniform());
  const isBounded = maxDuration !== undefined || maxGPUHours !== undefined;
  const limits = { ...spec.limits, maxFailedTrials, maxDuration, maxGPUHours };
  return {
    objective: { ...spec.objective, ...(target !== undefined && { target }) },
    limits: { ...limits, ...(isBounded && sometimes(0.3, true) && { maxTrials: undefined }) },
    ...(maxGPUHours !== undefined && { trialTemplate: onGpus(spec.trialTemplate, 1 + rng.int(2)) }),
    onCompletion: { runningTrials: pick(rng, ['Terminate', 'Terminate', 'Finish']) },
  };
}

/** The template with GPUs in its containers, wherever these are. */
function onGpus(template: unknown, gpus: number): unknown {
  const resources = { limits: { 'nvidia.com/gpu': gpus } };
  const withGpus = (key: string, value: unknown): unknown =>
    key === 'containers' ? (value as readonly object[]).map((container) => ({ ...container, resources })) : value;
  return JSON.parse(JSON.stringify(template, withGpus));
}

function randomMetrics(rng: Rng): Readonly<Record<string, unknown>> {
  const drawn = rng.uniform();
  if (drawn < 0.2) return { metrics: { annotation: {} } };
  if (drawn < 0.35) return { metrics: { file: { path: '/metrics/train.jsonl' } } };
  return drawn < 0.45 ? { metrics: { log: {}, additional: ['loss'] } } : {};
}

interface RandomSpec {
  readonly objective: object;
  readonly limits: object;
  readonly trialTemplate: unknown;
  readonly [field: string]: unknown;
}

function randomSpec(rng: Rng): RandomSpec {
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
    ...(rng.uniform() < 0.5 ? { pause: 'Signal' } : profiles(rng, max)),
    ...(rng.uniform() < 0.2 && { failures: { startDeadline: '2m', retries: { startFailed: 1, userCode: 1 } } }),
    ...workload(rng),
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

/** What trials are, and whether they wait in a queue. */
function workload(rng: Rng): { readonly trialTemplate: unknown } {
  const trialTemplate = rng.uniform() < 0.2 ? gang(rng) : studyManifest().spec.trialTemplate;
  if (rng.uniform() < 0.75) return { trialTemplate };
  const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
  const priorityClasses = [{ fromLevel: 1 + rng.int(9), name: 'high' }];
  return {
    trialTemplate: { ...trialTemplate, metadata },
    ...(rng.uniform() < 0.5 && { queue: { surplus: 1 + rng.int(3), priorityClasses } }),
  };
}

/** Of a kind whose pods are found by the labels of the operator's, of its own controller's, or of both. */
function gang(rng: Rng): Readonly<Record<string, unknown>> {
  const podLabels = pick(rng, [{}, { gang: '$(attempt.name)' }, { job: '$(trial.name)', role: 'leader' }]);
  const isLabelled = Object.keys(podLabels).length > 0;
  const spec: GangSpec = {
    copiesLabels: !isLabelled || rng.uniform() < 0.3,
    podLabels,
    replacesLost: rng.uniform() < 0.5,
    namesAlike: rng.uniform() < 0.5,
    workers: { replicas: 1, template: studyManifest().spec.trialTemplate.spec.template },
  };
  return {
    apiVersion: 'example.com/v1',
    kind: GANG.kind,
    primaryContainer: 'train',
    success: { type: 'Done' },
    failure: pick(rng, [{ type: 'Broken' }, { type: 'Healthy', status: 'False' }]),
    ...(isLabelled && { pods: { labels: podLabels } }),
    spec,
  };
}
