import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { type Condition, type ContainerStatus, EVENT, type Event, type Pod } from '../../kube/kinds.ts';
import { createStore } from '../../local/store.ts';
import { complaintOfPod, hindrance, timeToStart } from './starting.ts';

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
    spec: { containers: [{ name: 'train' }] },
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
    expect(hindrance(aPod(wanted))).toMatchObject({ since: Date.parse(NOW), why });
  });

  test('since its init containers have done their work', () => {
    const init = { terminated: { exitCode: 0, finishedAt: LATER } };
    const pod = aPod({ init, main: { waiting: { reason: 'ImagePullBackOff' } } });
    expect(hindrance(pod)?.since).toBe(Date.parse(LATER));
  });
});

describe('a pod whose status does not say why it waits', () => {
  const attempt = anAttempt();
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: attempt.job, uid: 'u' };
  const waiting = (message?: string): Pod => {
    const pod = aPod({ main: { waiting: { reason: 'ContainerCreating', ...(message !== undefined && { message }) } } });
    return { ...pod, metadata: { ...pod.metadata, namespace: 'default', uid: 'uid-of-pod', ownerReferences: [owner] } };
  };
  const situation = (minutes: number, pod = waiting()): Parameters<typeof complaintOfPod>[1] => ({
    study: stored(aStudy()),
    trial: aTrial(1, {}, trialStatus('Queued', { attempts: [attempt] })),
    pods: [pod],
    now: Date.parse(NOW) + minutes * 60_000,
  });

  type Told = Pick<Event, 'reason' | 'message'> & { readonly type?: Event['type'] };
  const SECRET = { reason: 'FailedMount', message: 'MountVolume.SetUp failed for volume "s" : secret "s" not found' };

  /** A cluster where this was told of the pod, in that order. */
  const clusterThatTold = async (...told: readonly Told[]) => {
    const cluster = createStore({ clock: { now: () => Date.parse(NOW) }, kinds: [] });
    for (const [i, { type = 'Warning', reason, message }] of told.entries()) {
      const at = new Date(Date.parse(NOW) + i * 1000).toISOString();
      await cluster.create(EVENT, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `pod.${i}`, namespace: 'default' },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a-1-x', uid: 'uid-of-pod' },
        ...{ type, reason, message, count: 1, firstTimestamp: at, lastTimestamp: at },
        source: { component: 'kubelet' },
      });
    }
    return cluster;
  };

  test('is told of in the words of its node, once its time is over', async () => {
    const cluster = await clusterThatTold(
      { reason: 'FailedScheduling', message: '1 Insufficient nvidia.com/gpu' },
      { type: 'Normal', reason: 'Scheduled', message: 'assigned to a node' },
      SECRET,
      { reason: 'FailedMount', message: 'Unable to attach or mount volumes: unmounted volumes=[s]: timed out' },
    );
    expect(await complaintOfPod(cluster, situation(9))).toBeUndefined();
    const complaint = await complaintOfPod(cluster, situation(11));
    expect(complaint).toBe(SECRET.message);
    expect(timeToStart({ ...situation(11), complaint }, attempt)?.why).toBe(
      `container train waits: ContainerCreating: ${SECRET.message}`,
    );
  });

  test('is told of as its status does while nobody says more', async () => {
    const cluster = await clusterThatTold({ reason: 'FailedScheduling', message: '1 Insufficient nvidia.com/gpu' });
    expect(await complaintOfPod(cluster, situation(11))).toBeUndefined();
  });

  test('and one whose status says it is not asked about', async () => {
    const cluster = await clusterThatTold(SECRET);
    expect(await complaintOfPod(cluster, situation(11, waiting('no such image')))).toBeUndefined();
  });
});
