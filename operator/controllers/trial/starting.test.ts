import { describe, expect, test } from 'vitest';
import { NOW } from '../../../test/builders.ts';
import type { Condition, ContainerStatus, Pod } from '../../kube/kinds.ts';
import { hindrance } from './starting.ts';

const LATER = '2030-01-01T00:30:00.000Z';
const bound: Condition = { type: 'PodScheduled', status: 'True', lastTransitionTime: NOW };
const unbound = (message: string): Condition => ({ ...bound, status: 'False', reason: 'Unschedulable', message });

interface Wanted {
  readonly phase?: NonNullable<Pod['status']>['phase'];
  readonly scheduled?: Condition;
  readonly main?: ContainerStatus['state'];
  readonly init?: ContainerStatus['state'];
}

function aPod({ phase = 'Pending', scheduled = bound, main = {}, init }: Wanted): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a-1-x', creationTimestamp: NOW },
    spec: { containers: [] },
    status: {
      phase,
      conditions: [scheduled],
      containerStatuses: [{ name: 'train', state: main }],
      ...(init && { initContainerStatuses: [{ name: 'fetch', state: init }] }),
    },
  };
}

describe('nothing hinders a pod that', () => {
  test.each<[string, Wanted]>([
    ['runs', { phase: 'Running', main: { running: {} } }],
    ['has ended', { phase: 'Failed', main: { terminated: { exitCode: 1 } } }],
    ['waits for a GPU', { scheduled: unbound('0/3 nodes are available: 3 Insufficient nvidia.com/gpu.') }],
    ['fetches its data', { init: { running: {} }, main: { waiting: { reason: 'PodInitializing' } } }],
  ])('%s', (_, wanted) => {
    expect(hindrance(aPod(wanted))).toBeUndefined();
  });
});

describe('a pod is hindered', () => {
  test.each<[string, Wanted, string]>([
    [
      'by an image that is not there',
      { main: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
      'container train waits: ImagePullBackOff: no such image',
    ],
    [
      'by a Secret that is not there',
      { main: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "s" not found' } } },
      'container train waits: CreateContainerConfigError: secret "s" not found',
    ],
    [
      'by a volume that cannot be mounted',
      { main: { waiting: { reason: 'ContainerCreating' } } },
      'container train waits: ContainerCreating',
    ],
    [
      'by a claim that is not there',
      { scheduled: unbound('persistentvolumeclaim "data" not found') },
      'persistentvolumeclaim "data" not found',
    ],
    [
      'by the image of its init container',
      { init: { waiting: { reason: 'ErrImagePull' } }, main: { waiting: { reason: 'PodInitializing' } } },
      'container fetch waits: ErrImagePull',
    ],
  ])('%s, in the cluster’s words', (_, wanted, why) => {
    expect(hindrance(aPod(wanted))).toEqual({ since: Date.parse(NOW), why });
  });

  test('since its init containers have done their work', () => {
    const init = { terminated: { exitCode: 0, finishedAt: LATER } };
    const pod = aPod({ init, main: { waiting: { reason: 'ImagePullBackOff' } } });
    expect(hindrance(pod)?.since).toBe(Date.parse(LATER));
  });
});
