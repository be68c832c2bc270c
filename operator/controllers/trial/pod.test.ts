import { expect, test } from 'vitest';
import type { Pod } from '../../kube/kinds.ts';
import { codeTime, endTime, finishTime, podEnd } from './pod.ts';

/** In the kubelet's words: it writes null where it knows no time. */
const LOST = { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: null, finishedAt: null };

function lostPod(conditions: NonNullable<Pod['status']>['conditions'] = []): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'lost' },
    spec: { containers: [{ name: 'train' }] },
    status: { phase: 'Failed', conditions, containerStatuses: [{ name: 'train', state: { terminated: LOST } }] },
  };
}

test('of a container that the kubelet has lost, it is not known when it began and when it ended', () => {
  const pod = lostPod();
  expect([codeTime(pod, 'train'), finishTime(pod, 'train'), endTime(pod), podEnd(pod)]).toEqual([
    undefined,
    undefined,
    Number.POSITIVE_INFINITY,
    undefined,
  ]);
});

test('its pod ended when its conditions changed last', () => {
  const pod = lostPod([
    { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    { type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:10Z' },
  ]);
  expect(podEnd(pod)).toBe('2026-01-01T00:00:10.000Z');
});
