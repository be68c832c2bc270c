import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, stored } from '../../test/builders.ts';
import type { JobSpec } from '../kube/kinds.ts';
import { gpusIn } from './gpus.ts';
import { gpusOf, trialJob } from './job.ts';

describe('GPUs', () => {
  /** Of the Job of a trial on four nodes. */
  const gpus = (limits: object, job: Partial<JobSpec> = {}): number => {
    const template = { spec: { containers: [{ name: 'train', image: 'train:1', resources: { limits } }] } };
    const parameters = [{ name: 'nodes', int: { min: 1, max: 8 } }];
    const study = stored(aStudy({ parameters, trialTemplate: { spec: { template, ...job } } }));
    return gpusOf(trialJob({ study, trial: aTrial(1, { parameters: { nodes: 4 } }), attempt: 1, until: 9 }));
  };

  const completionMode = 'Indexed';
  const nodes = {
    completionMode,
    parallelism: '$(parameters.nodes)',
    completions: '$(parameters.nodes)',
  } as unknown as JobSpec;

  test.each<[string, number, number]>([
    ['none', gpus({ cpu: 4 }), 0],
    ['of several vendors', gpus({ 'nvidia.com/gpu': 2, 'amd.com/gpu': '1' }), 3],
    ['of all pods of a Job', gpus({ 'nvidia.com/gpu': 2 }, { completionMode, parallelism: 4 }), 8],
    ['of as many as its configuration says', gpus({ 'nvidia.com/gpu': 2 }, nodes), 8],
    [
      'of those that are there at once',
      gpus({ 'nvidia.com/gpu': 2 }, { completionMode, parallelism: 4, completions: 1 }),
      2,
    ],
  ])('%s', (_, counted, expected) => expect(counted).toBe(expected));

  test.each([
    ...['nvidia.com/gpu', 'nvidia.com/gpu.shared', 'nvidia.com/mig-1g.5gb', 'amd.com/gpu', 'google.com/tpu'],
    ...[
      'habana.ai/gaudi',
      'gpu.intel.com/i915',
      'gpu.intel.com/xe',
      'aws.amazon.com/neuron',
      'aws.amazon.com/neuroncore',
    ],
  ])('are what %s names, one each', (name) => {
    expect(gpus({ [name]: '2' })).toBe(2);
  });

  test.each(['nvidia.com/gpumem', 'nvidia.com/gpucores', 'gpu.intel.com/millicores', 'example.com/gpus', 'memory'])(
    'are not what %s names: so much of one',
    (name) => {
      expect(gpus({ [name]: 2000 })).toBe(0);
    },
  );

  test('are those of all nodes of a TrainJob', () => {
    const resourcesPerNode = { limits: { 'nvidia.com/gpu': 2 } };
    const runtimeRef = { name: 'torch-distributed' };
    expect(gpusIn({ runtimeRef, trainer: { numNodes: 3, resourcesPerNode } })).toBe(6);
    expect(gpusIn({ runtimeRef, trainer: { resourcesPerNode } })).toBe(2);
    expect(gpusIn({ runtimeRef, trainer: { numNodes: 3 } })).toBe(0);
  });
});
