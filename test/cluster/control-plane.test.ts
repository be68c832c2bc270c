/** The harness itself: Kubernetes' own controllers and the tests' fake nodes, without a line of the operator. */
import { expect, test } from 'vitest';
import type { Job, Pod } from '../../operator/kube/kinds.ts';
import type { ControlPlane } from './harness/control-plane.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { lasting, type PodScript, printing, running, withoutImage } from './harness/pod-script.ts';
import { describeOnCluster } from './harness/ring.ts';
import { gate, until } from './harness/wait.ts';

describeOnCluster('a control plane with fake nodes', 'nodes', (plane) => {
  test("a Job's pod is played to its end, its log is read through the API server, and the Job is Complete", async () => {
    await withNode(
      plane(),
      printing(['{"epoch": 1, "val_error": 0.5}', '{"epoch": 2, "val_error": 0.25}']),
      async (it) => {
        await it.createJob('train');
        const job = await it.job('train', 'Complete');
        expect(job.status).toMatchObject({ succeeded: 1 });
        const pod = await it.pod('train');
        expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
          exitCode: 0,
          reason: 'Completed',
        });
        expect(await it.log(pod)).toBe('{"epoch": 1, "val_error": 0.5}\n{"epoch": 2, "val_error": 0.25}\n');
      },
    );
  });

  test('a log is followed, with timestamps, from before the second line is written to the end of the pod', async () => {
    const end = gate();
    const script = running(async ({ print }) => {
      print('first');
      await end.opened;
      print('second');
      return 0;
    });
    await withNode(plane(), script, async (it) => {
      await it.createJob('train');
      const pod = await it.pod('train', 'Running');
      const lines: string[] = [];
      for await (const line of plane().admin.lines(`${it.logPath(pod)}?follow=true&timestamps=true`)) {
        lines.push(line);
        end.open();
      }
      const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z`;
      expect(lines).toEqual(['first', 'second'].map((text) => expect.stringMatching(`^${time} ${text}$`)));
    });
  });

  test('a container that exits with a code fails its Job', async () => {
    await withNode(plane(), printing(['no'], { code: 137, reason: 'OOMKilled' }), async (it) => {
      await it.createJob('train');
      await it.job('train', 'Failed');
      const pod = await it.pod('train');
      expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
        exitCode: 137,
        reason: 'OOMKilled',
      });
    });
  });

  test('a pod that is deleted is told to end, does what it must within its grace period, and is gone', async () => {
    const said: string[] = [];
    const script = running(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      said.push('checkpoint written');
      return 0;
    });
    await withNode(plane(), script, async (it) => {
      await it.createJob('train');
      await it.pod('train', 'Running');
      await it.deleteJob('train');
      await until('the pod is gone', async () => (await it.pods('train')).length === 0);
      expect(said).toEqual(['checkpoint written']);
    });
  });

  test('a pod that ignores its end is killed when the grace period is over', async () => {
    const script = running(() => new Promise(() => undefined));
    await withNode(plane(), script, async (it) => {
      await it.createJob('train', { terminationGracePeriodSeconds: 1 });
      await it.pod('train', 'Running');
      await it.deleteJob('train');
      await until('the pod is gone', async () => (await it.pods('train')).length === 0);
    });
  });

  test('the log of a container without an image is refused in the words of a kubelet', async () => {
    await withNode(plane(), withoutImage, async (it) => {
      await it.createJob('train');
      const pod = await until('the pod waits for its image', async () =>
        (await it.pods('train')).find((one) => one.status?.containerStatuses?.[0]?.state?.waiting),
      );
      await expect(it.log(pod)).rejects.toThrow('container "train" in pod');
    });
  });

  test('a pod that asks for more GPUs than its node has left waits until another one ends', async () => {
    const end = gate();
    const script = running(async () => {
      await end.opened;
      return 0;
    });
    await withNode(plane(), script, async (it) => {
      await it.createJob('first', { gpus: 2 });
      await it.pod('first', 'Running');
      await it.createJob('second', { gpus: 1 });
      const waiting = await until('the second pod is unschedulable', async () =>
        (await it.pods('second')).find((pod) =>
          pod.status?.conditions?.some(({ reason }) => reason === 'Unschedulable'),
        ),
      );
      expect(waiting.spec.nodeName).toBeUndefined();
      end.open();
      await it.job('second', 'Complete');
    });
  });

  test('an API server that restarts loses no pod and no log line', async () => {
    const end = gate();
    const script = running(async ({ print }) => {
      print('before');
      await end.opened;
      print('after');
      return 0;
    });
    await withNode(plane(), script, async (it) => {
      await it.createJob('train');
      await it.pod('train', 'Running');
      await plane().faults!.stopApiServer();
      end.open(); // it ends while there is nobody to tell
      await plane().faults!.startApiServer();
      await it.job('train', 'Complete');
      expect(await it.log(await it.pod('train'))).toBe('before\nafter\n');
    });
  });

  test('etcd that restarts keeps its data', async () => {
    const namespace = await plane().namespace('kept');
    await plane().faults!.stopEtcd();
    await plane().faults!.startEtcd();
    await expect(plane().admin.call('GET', `/api/v1/namespaces/${namespace}`)).resolves.toMatchObject({
      metadata: { name: namespace },
    });
  });

  test("a service account's token is somebody with no rights until it is given some", async () => {
    const namespace = await plane().namespace('nobody');
    const token = await plane().tokenFor(namespace, 'default');
    const kubeconfig = plane().kubeconfigFor(token);
    const { connectRest } = await import('./harness/rest.ts');
    const client = await connectRest(kubeconfig);
    await expect(client.call('GET', `/api/v1/namespaces/${namespace}/pods`)).rejects.toMatchObject({ status: 403 });
    client.close();
  });

  test('a node whose plug is pulled leaves its pods without anybody to end them', async () => {
    await withNode(plane(), lasting('training'), async (it) => {
      await it.createJob('train');
      const pod = await it.pod('train', 'Running');
      it.kubelets.pullPlug('node-1');
      expect(it.kubelets.alive()).toEqual([]);
      await expect(it.log(pod)).rejects.toThrow();
      expect((await it.pod('train')).status?.phase).toBe('Running');
    });
  });
});

interface JobOptions {
  readonly gpus?: number;
  readonly terminationGracePeriodSeconds?: number;
}

interface OneNode {
  readonly kubelets: Kubelets;
  createJob(name: string, options?: JobOptions): Promise<void>;
  deleteJob(name: string): Promise<void>;
  /** The Job once it has this condition. */
  job(name: string, condition: string): Promise<Job>;
  pods(job: string): Promise<Pod[]>;
  /** The Job's pod once there is one in this phase, or in any. */
  pod(job: string, phase?: string): Promise<Pod>;
  logPath(pod: Pod): string;
  log(pod: Pod): Promise<string>;
}

/** One node with two GPUs whose pods all follow the script, and a namespace of its own for the test. */
async function withNode(plane: ControlPlane, script: PodScript, act: (it: OneNode) => Promise<void>): Promise<void> {
  const { admin } = plane;
  const namespace = await plane.namespace('job');
  const kubelets = await startKubelets({
    kubeconfig: plane.kubeconfig,
    nodes: [{ name: 'node-1', gpus: 2 }],
    script: () => script,
  });
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const pods = async (job: string): Promise<Pod[]> => {
    const selector = encodeURIComponent(`job-name=${job}`);
    return (await admin.call<{ items: Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`))
      .items;
  };
  const logPath = (pod: Pod): string => `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`;
  try {
    await act({
      kubelets,
      createJob: async (name, options) => void (await admin.call('POST', jobs, { body: jobObject(name, options) })),
      deleteJob: async (name) =>
        void (await admin.call('DELETE', `${jobs}/${name}`, { body: { propagationPolicy: 'Background' } })),
      job: (name, condition) =>
        until(`Job ${name} is ${condition}`, async () => {
          const job = await admin.call<Job>('GET', `${jobs}/${name}`);
          return job.status?.conditions?.some(({ type, status }) => type === condition && status === 'True') && job;
        }),
      pods,
      pod: (job, phase) =>
        until(`the pod of Job ${job} is ${phase ?? 'there'}`, async () =>
          (await pods(job)).find((pod) => phase === undefined || pod.status?.phase === phase),
        ),
      logPath,
      log: (pod) => admin.text(logPath(pod)),
    });
  } finally {
    await kubelets.stop();
  }
}

function jobObject(name: string, { gpus, terminationGracePeriodSeconds = 30 }: JobOptions = {}): object {
  const resources = gpus === undefined ? {} : { limits: { 'nvidia.com/gpu': gpus } };
  return {
    metadata: { name },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds,
          containers: [{ name: 'train', image: 'example.org/train:1', resources }],
        },
      },
    },
  };
}
