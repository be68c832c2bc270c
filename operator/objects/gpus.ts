/** How many GPUs the pods of an object hold at once, whatever its kind. Pure. */
import type { StudySpec } from '../api/study.ts';
import type { Container } from '../kube/kinds.ts';
import { withProfile } from './profile.ts';
import { resolve } from './references.ts';
import { filled, isPodTemplate, isTree, primaryOf } from './workload.ts';

/**
 * Those of each pod template, as often as `parallelism` and `replicas` above it say, and those that a TrainJob asks for:
 * `resourcesPerNode`, on `numNodes` nodes.
 */
export function gpusIn(tree: unknown, times = 1): number {
  if (Array.isArray(tree)) return tree.reduce<number>((sum, item) => sum + gpusIn(item, times), 0);
  if (!isTree(tree)) return 0;
  if (isPodTemplate(tree)) return times * tree.spec.containers.reduce((sum, one) => sum + gpusOfContainer(one), 0);
  const { parallelism = 1, completions = parallelism, replicas = 1, numNodes, resourcesPerNode } = tree;
  const each = times * Math.min(numberOr1(parallelism), numberOr1(completions)) * numberOr1(replicas);
  const perNode = isTree(resourcesPerNode) ? gpusAmong(resourcesPerNode['limits']) : 0;
  const own = each * numberOr1(numNodes) * perNode;
  return Object.values(tree).reduce<number>((sum, item) => sum + gpusIn(item, each), own);
}

function numberOr1(value: unknown): number {
  return typeof value === 'number' ? value : 1;
}

function gpusOfContainer({ resources }: Container): number {
  return gpusAmong(resources?.limits);
}

function gpusAmong(limits: unknown): number {
  const gpus = isTree(limits) ? Object.entries(limits).filter(([name]) => isGpu(name)) : [];
  return gpus.reduce((sum, [, amount]) => sum + (Number(amount) || 0), 0);
}

/** What is a share or a memory of one, such as nvidia.com/gpumem, is none by itself. */
const GPUS: readonly RegExp[] = [
  /\/gpu$/,
  /^nvidia\.com\/gpu\./, // Time slices and the like: gpu.shared.
  /\/mig-./,
  /^google\.com\/tpu$/,
  /^habana\.ai\/gaudi$/,
  /^gpu\.intel\.com\/(i915|xe)$/,
  /^aws\.amazon\.com\/neuron(core|device)?$/,
];

/** MIG slices, and whatever else is a part of a GPU under a name of its own, count as one each. */
function isGpu(name: string): boolean {
  return GPUS.some((pattern) => pattern.test(name));
}

/** Whether the object of any trial holds a GPU: whatever its configuration, on its way from level to level. */
export function mayHoldGpus(spec: StudySpec): boolean {
  const tree = resolve(spec.trialTemplate.spec, () => 1);
  const levels = [1, ...(spec.resourceProfiles ?? []).map(({ fromLevel }) => fromLevel)];
  return levels.some((level) => gpusIn(withProfileAt(tree, spec, level)) > 0);
}

function withProfileAt<T>(tree: T, spec: StudySpec, level: number): T {
  return filled(tree, {
    labels: {},
    pod: (pod) => {
      const primary = primaryOf(pod, spec.trialTemplate);
      return {
        ...pod,
        containers: pod.containers.map((one) => (one === primary ? withProfile(one, spec, level) : one)),
      };
    },
  });
}
