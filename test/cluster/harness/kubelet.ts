/**
 * Fake kubelets: nodes on which pods run by a script of the test's. Each has a Node object and a Lease; pods bound to it
 * walk from Pending to their end, can be told to end, and their logs can be read through the API server. All of them
 * share one watch and one log endpoint.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../../operator/kube/kinds.ts';
import { type LogSource, startKubeletServer } from './kubelet-server.ts';
import { type FakeNode, RENEW_EVERY_MS, registerNode, renewLease, unregisterNode } from './node.ts';
import { livePod, type PodLife } from './pod-life.ts';
import type { PodScript } from './pod-script.ts';
import { connectRest, type Rest } from './rest.ts';
import { watching } from './watching.ts';

export interface KubeletOptions {
  /** Of somebody who may do what all kubelets may: the administrator. */
  readonly kubeconfig: string;
  readonly nodes: readonly FakeNode[];
  /** What a pod does. */
  readonly script: (pod: Pod) => PodScript;
  /** Real milliseconds for one of the scripts'; 1 unless told. */
  readonly timeScale?: number;
}

export interface Kubelets {
  /** The pods whose main container runs now or has not started yet. */
  alive(): readonly Pod[];
  /** The node is gone from one moment to the next: its pods end, its logs break, and nobody tells the API server. */
  pullPlug(node: string): void;
  /** Ends all pods without a word and takes the nodes away. */
  stop(): Promise<void>;
}

/** As the API server sends it, with what of it only a kubelet reads. */
interface BoundPod extends Pod {
  readonly metadata: Pod['metadata'] & { readonly deletionGracePeriodSeconds?: number };
}

const PODS = '/api/v1/pods?fieldSelector=spec.nodeName!%3D';

/** Resolves when all nodes are ready to have pods. */
export async function startKubelets(options: KubeletOptions): Promise<Kubelets> {
  const { nodes, timeScale = 1 } = options;
  const api = await connectRest(options.kubeconfig);
  const lives = new Map<string, PodLife>();
  const up = new Set(nodes.map(({ name }) => name));
  const stopped = new AbortController();
  const { signal } = stopped;
  const server = await startKubeletServer((namespace, name, container) => {
    const life = [...lives.values()].findLast(
      ({ pod: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    );
    if (life === undefined) return { status: 404, message: `pod "${name}" not found` };
    return up.has(life.pod.spec.nodeName ?? '') ? logOf(life, container) : 'severed';
  });

  const observe = (pod: BoundPod): void => {
    if (!up.has(pod.spec.nodeName ?? '')) return;
    const uid = pod.metadata.uid ?? '';
    if (!lives.has(uid) && !isOver(pod)) lives.set(uid, livePod(pod, options.script(pod), { api, timeScale }));
    if (pod.metadata.deletionTimestamp !== undefined)
      lives.get(uid)?.terminate((pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000);
  };
  const forget = (uid: string): void => {
    lives.get(uid)?.vanish();
    lives.delete(uid);
  };

  await Promise.all(nodes.map((node) => registerNode(api, node, server.port, signal)));
  const follow = async (): Promise<void> => {
    for await (const sight of watching<BoundPod>(api, PODS, signal)) {
      if (sight.type === 'ALL') {
        const there = new Set(sight.objects.map(({ metadata }) => metadata.uid));
        for (const uid of [...lives.keys()]) if (!there.has(uid)) forget(uid);
        sight.objects.forEach(observe);
      } else if (sight.type === 'DELETED') forget(sight.object.metadata.uid ?? '');
      else observe(sight.object);
    }
  };
  const following = follow();
  const renewing = renewLeases(api, up, signal);

  return {
    alive: () => [...lives.values()].filter((life) => !life.hasEnded).map((life) => life.pod),
    pullPlug: (node) => {
      up.delete(node);
      for (const life of lives.values()) if (life.pod.spec.nodeName === node) life.vanish();
    },
    stop: async () => {
      stopped.abort();
      for (const life of lives.values()) life.vanish();
      await Promise.all([following, renewing, ...[...lives.values()].map((life) => life.done)]);
      await Promise.all(nodes.map(({ name }) => unregisterNode(api, name, AbortSignal.timeout(5000))));
      await server.stop();
      api.close();
    },
  };
}

function logOf(life: PodLife, container: string): LogSource {
  const message = `container "${container}" in pod "${life.pod.metadata.name}" is waiting to start: ContainerCreating`;
  return life.log(container) ?? { status: 400, message };
}

function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

async function renewLeases(api: Rest, up: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all([...up].map((name) => renewLease(api, name, signal)));
    await sleep(RENEW_EVERY_MS, undefined, { signal }).catch(() => undefined); // woken by the end
  }
}
