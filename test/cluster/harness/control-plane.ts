/**
 * A real Kubernetes control plane for tests, on 127.0.0.1, as an ordinary user: etcd, kube-apiserver,
 * kube-controller-manager and kube-scheduler, with RBAC. It has no nodes: `kubelet.ts` plays them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accounts, accounts } from './accounts.ts';
import { type Available, controlPlaneBinaries } from './binary.ts';
import { type Processes, processesIn } from './processes.ts';
import { connectRest, type Rest } from './rest.ts';
import {
  adminKubeconfig,
  apiServerFlags,
  controllerManagerFlags,
  etcdFlags,
  ON_THIS_MACHINE,
  prepare,
  type Setup,
  schedulerFlags,
} from './setup.ts';
import { until } from './wait.ts';

export interface ControlPlane extends Accounts {
  /** Path of a kubeconfig of the administrator. */
  readonly kubeconfig: string;
  /** A client with the administrator's rights. */
  readonly admin: Rest;
  /** True where Jobs get pods and pods get nodes: a controller manager and a scheduler run. */
  readonly runsJobs: boolean;
  /** Takes parts of the control plane away and brings them back; undefined for a cluster that is not ours. */
  readonly faults: Faults | undefined;
  /** The last lines of every component's log, for a test that has failed. */
  logTails(): string;
  stop(): Promise<void>;
}

/** Everything that ends here ends by SIGKILL, data kept; everything that starts is ready when the promise resolves. */
export interface Faults {
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  stopEtcd(): Promise<void>;
  startEtcd(): Promise<void>;
  /** etcd's alarm for a full disk, raised or cleared: while it is raised nothing can be written. */
  alarmOfFullDisk(isRaised: boolean): Promise<void>;
}

const READY_WITHIN_MS = 120_000;

/** Starts one, or opens the cluster that `TEST_KUBECONFIG` names. Throws where neither can be had. */
export async function startControlPlane(): Promise<ControlPlane> {
  const external = process.env['TEST_KUBECONFIG'];
  if (external) return openCluster(external);
  const binaries = await controlPlaneBinaries((line) => void process.stderr.write(`test cluster: ${line}\n`));
  if (binaries.kind === 'unavailable') throw new Error(`no control plane: ${binaries.reason}`);
  const setup = await prepare(ON_THIS_MACHINE);
  return launch(setup, binaries, processesIn(setup.directory));
}

/** Starts the programs with what was prepared for them. When one of them does not start, all are ended. */
export async function launch(setup: Setup, binaries: Available, processes: Processes): Promise<ControlPlane> {
  try {
    return await start(setup, binaries, processes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const tails = processes.logTails();
    await processes.finish();
    throw new Error(`the control plane did not start: ${why}\n${tails}`, { cause: error });
  }
}

async function start(setup: Setup, binaries: Available, processes: Processes): Promise<ControlPlane> {
  const kubeconfig = adminKubeconfig(setup);
  const admin = await connectRest(kubeconfig);
  const isReady = (): Promise<void> => readiness(admin, processes);
  const startEtcd = (): void => processes.start('etcd', binaries.etcd, etcdFlags(setup));
  const startApiServer = async (): Promise<void> => {
    processes.start('kube-apiserver', binaries.apiServer, apiServerFlags(setup));
    await isReady();
  };
  const stopApiServer = (): Promise<void> => processes.kill('kube-apiserver');

  startEtcd();
  await startApiServer();
  const { controllerManager, scheduler } = binaries;
  if (controllerManager) processes.start('kube-controller-manager', controllerManager, controllerManagerFlags());
  if (scheduler) processes.start('kube-scheduler', scheduler, schedulerFlags());
  const hasControllers = controllerManager !== undefined;
  if (hasControllers)
    await until('the controllers work', () => admin.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));

  return {
    ...accounts({ admin, kubeconfig, directory: setup.directory, hasControllers }),
    kubeconfig,
    admin,
    runsJobs: hasControllers && scheduler !== undefined,
    faults: {
      stopApiServer,
      startApiServer,
      restartApiServer: async () => {
        await stopApiServer();
        await startApiServer();
      },
      stopEtcd: () => processes.kill('etcd'),
      startEtcd: async () => {
        startEtcd();
        if (processes.isRunning('kube-apiserver')) await isReady();
      },
      alarmOfFullDisk: (isRaised) => alarm(setup, isRaised ? 'ACTIVATE' : 'DEACTIVATE'),
    },
    logTails: () => processes.logTails(),
    stop: async () => {
      admin.close();
      await processes.finish();
    },
  };
}

/** By etcd's own interface, in the form it has for those who do not speak gRPC. */
async function alarm({ etcdPort }: Setup, action: 'ACTIVATE' | 'DEACTIVATE'): Promise<void> {
  const call = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${etcdPort}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`etcd refuses ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const { members } = (await call('cluster/member/list', {})) as { members: { ID: string }[] };
  for (const { ID } of members) await call('maintenance/alarm', { action, memberID: ID, alarm: 'NOSPACE' });
}

/** Resolves when the API server answers that it is ready; throws as soon as it has ended instead. */
async function readiness(admin: Rest, processes: Processes): Promise<void> {
  const state = await until(
    'the API server is ready',
    async () => {
      if (!processes.isRunning('kube-apiserver')) return 'ended';
      await admin.text('/readyz');
      await admin.call('GET', '/api/v1/namespaces/default'); // from etcd, which readiness is slow to notice
      return 'ready';
    },
    READY_WITHIN_MS,
  );
  if (state === 'ended') throw new Error('kube-apiserver ended by itself');
}

/** Somebody's cluster: used as it is, nothing in it stopped. */
async function openCluster(kubeconfig: string): Promise<ControlPlane> {
  const admin = await connectRest(kubeconfig);
  const directory = mkdtempSync(join(tmpdir(), 'abohb-cluster-'));
  return {
    ...accounts({ admin, kubeconfig, directory, hasControllers: true }),
    kubeconfig,
    admin,
    runsJobs: true,
    faults: undefined,
    logTails: () => '',
    stop: async () => {
      admin.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
