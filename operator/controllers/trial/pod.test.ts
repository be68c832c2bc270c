import { expect, test } from 'vitest';
import type { Pod } from '../../kube/kinds.ts';
import { codeTime, endTime, finishTime } from './pod.ts';

test('of a container that the kubelet has lost, it is not known when it began and when it ended', () => {
  // In the kubelet's words: it writes null where it knows no time.
  const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: null, finishedAt: null };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'lost' },
    spec: { containers: [{ name: 'train' }] },
    status: { phase: 'Failed', containerStatuses: [{ name: 'train', state: { terminated } }] },
  };
  expect([codeTime(pod, 'train'), finishTime(pod, 'train'), endTime(pod)]).toEqual([
    undefined,
    undefined,
    Number.POSITIVE_INFINITY,
  ]);
});
