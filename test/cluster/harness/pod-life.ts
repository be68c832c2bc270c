/** One pod on a fake node, from the moment it is bound to the moment it is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../../operator/kube/kinds.ts';
import { type ContainerLog, containerLog } from './container-log.ts';
import { persist } from './persist.ts';
import { aborted, type Exit, type PodScript } from './pod-script.ts';
import { endedStatus, now, runningStatus, waitingStatus } from './pod-status.ts';
import type { Rest } from './rest.ts';

export interface PodLife {
  readonly pod: Pod;
  /** The log of one of its containers; undefined while it has not started. */
  log(container: string): ContainerLog | undefined;
  /** It shall end within its grace period, and its object with it. */
  terminate(graceMs: number): void;
  /** Ends without a word to the API server: the node is lost, or the object gone already. */
  vanish(): void;
  /** Its main container has exited. */
  readonly hasEnded: boolean;
  /** Settles when nothing of it runs any more. */
  readonly done: Promise<void>;
}

export interface LifeOptions {
  readonly api: Rest;
  /** Real milliseconds for one of the script's. */
  readonly timeScale: number;
}

const KILLED: Exit = { code: 137, reason: 'Error' };
const TERMINATED: Exit = { code: 143, reason: 'Error' };

/** Begins to live it. */
export function livePod(pod: Pod, script: PodScript, { api, timeScale }: LifeOptions): PodLife {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
  const { uid } = pod.metadata;
  const logs = new Map<string, ContainerLog>();
  /** SIGTERM. */
  const terminate = new AbortController();
  /** SIGKILL: the grace period is over. */
  const kill = new AbortController();
  /** Stops even the reporting. */
  const vanish = new AbortController();
  let hasEnded = false;

  const report = (status: object): Promise<void> =>
    persist(vanish.signal, () =>
      api.call('PATCH', `${path}/status`, {
        patch: 'application/strategic-merge-patch+json',
        body: { metadata: { uid }, status },
      }),
    );

  const run = async (script: PodScript & { kind: 'run' }): Promise<void> => {
    await sleep((script.startAfterMs ?? 0) * timeScale, undefined, { signal: terminate.signal });
    const startedAt = now();
    for (const { name } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) logs.set(name, containerLog());
    await report(runningStatus(pod, startedAt));
    const container = script.container ?? pod.spec.containers[0]?.name ?? '';
    const exit = await Promise.race([killed(), play(script, container)]);
    hasEnded = true;
    for (const log of logs.values()) log.close();
    await report(endedStatus(pod, { container, exit, startedAt }));
  };

  const play = async (script: PodScript & { kind: 'run' }, container: string): Promise<Exit> => {
    const print = (text: string): void => logs.get(container)?.print(text);
    const { signal } = terminate;
    try {
      const pause = (ms: number): Promise<void> => sleep(ms * timeScale, undefined, { signal });
      return await script.main({ pod, print, log: (name) => logs.get(name) ?? containerLog(), signal, sleep: pause });
    } catch (error) {
      if (signal.aborted) return TERMINATED;
      print(error instanceof Error ? `${error.stack}` : String(error));
      return 1;
    }
  };

  const killed = async (): Promise<Exit> => {
    await aborted(kill.signal);
    return KILLED;
  };

  const live = async (): Promise<void> => {
    if (script.kind === 'run') await run(script);
    else await report(waitingStatus(pod, script.reason, script.message));
  };

  const end = async (): Promise<void> => {
    await living;
    const body = { gracePeriodSeconds: 0, preconditions: { uid } };
    await persist(vanish.signal, () => api.call('DELETE', path, { body }));
  };

  // A pod told to end before its main container has started has nothing to report.
  const living = live().catch((error: unknown) => {
    if (!terminate.signal.aborted) throw error;
  });
  let done = living;

  return {
    pod,
    log: (container) => logs.get(container),
    terminate: (graceMs) => {
      if (terminate.signal.aborted) return;
      terminate.abort(new Error('the pod is told to end'));
      const timer = setTimeout(() => kill.abort(), graceMs * timeScale);
      done = end().finally(() => clearTimeout(timer));
    },
    vanish: () => {
      hasEnded = true;
      vanish.abort();
      terminate.abort(new Error('the node is gone'));
      kill.abort();
      for (const log of logs.values()) log.close();
    },
    get hasEnded() {
      return hasEnded;
    },
    get done() {
      return done;
    },
  };
}
