/** A real node on this machine: containerd, kubelet, kube-proxy, CoreDNS and a device plugin whose GPUs do not exist. */
import type { Program } from '../../cluster/harness/binary.ts';
import type { Processes } from '../../cluster/harness/processes.ts';
import type { Rest } from '../../cluster/harness/rest.ts';
import type { Setup } from '../../cluster/harness/setup.ts';
import { until } from '../../cluster/harness/wait.ts';
import { pathOf, run, runNow } from './run.ts';
import {
  BRIDGE,
  containerdSocket,
  kubeletFlags,
  NODE,
  NODE_ADDRESS,
  type NodeOptions,
  proxyFlags,
  writeSettings,
} from './settings.ts';

export interface RealNode {
  /** Resolves when the node is ready and offers its GPUs. */
  ready(): Promise<void>;
  readonly faults: NodeFaults;
}

/** All end by SIGKILL. The kubelet and containerd start at once, and containers run on meanwhile. */
export interface NodeFaults {
  restartKubelet(): Promise<void>;
  restartContainerd(): Promise<void>;
  /** Ends a container by SIGKILL; `id` as in a pod's status. */
  killContainer(id: string): Promise<void>;
}

const READY_WITHIN_MS = 120_000;
const GPU = 'nvidia.com/gpu';
const SUBNET_BITS = 16;

/** The address that the API server listens on, before it does. */
export function raiseBridge(): void {
  runNow('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
  runNow('ip', 'address', 'add', `${NODE_ADDRESS}/${SUBNET_BITS}`, 'dev', BRIDGE);
  runNow('ip', 'link', 'set', BRIDGE, 'up');
}

export interface NodeParts {
  readonly setup: Setup;
  readonly processes: Processes;
  /** With an administrator's rights. */
  readonly admin: Rest;
  /** The program of ours that holds a node's. */
  readonly program: string;
  readonly options: NodeOptions;
}

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly allocatable?: Readonly<Record<string, string>>;
}

/** Starts its programs; when it resolves, images can be imported, and no pod runs before they are. */
export async function startNode({ setup, processes, admin, program, options }: NodeParts): Promise<RealNode> {
  const { directory } = setup;
  const { gpus = 4 } = options;
  const part = (name: string): Program => [program, name];
  const containerd = async (): Promise<void> => {
    processes.start('containerd', [pathOf('containerd') ?? 'containerd'], ['--config=containerd.toml']);
    await until('containerd answers', async () => (await ctr(directory, 'version')) !== '', READY_WITHIN_MS);
  };
  const kubelet = (): void => processes.start('kubelet', part('kubelet'), kubeletFlags(directory));

  writeSettings(setup, options);
  await containerd();
  kubelet();
  processes.start('kube-proxy', part('kube-proxy'), proxyFlags());
  processes.start('coredns', part('coredns'), ['-conf=Corefile', '-quiet']);
  processes.start('fake-gpu', part('fake-gpu'), [`-count=${gpus}`, `-resource=${GPU}`]);

  return {
    ready: async () => {
      await until(
        'the node is ready and offers its GPUs',
        async () => {
          const { status } = await admin.call<{ status: NodeStatus }>('GET', `/api/v1/nodes/${NODE}`);
          const isReady = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
          return isReady && Number(status.allocatable?.[GPU] ?? 0) === gpus;
        },
        READY_WITHIN_MS,
      );
    },
    faults: {
      restartKubelet: async () => {
        await processes.kill('kubelet');
        kubelet();
      },
      restartContainerd: async () => {
        await processes.kill('containerd');
        await containerd();
      },
      killContainer: async (id) => {
        const name = id.replace(/^containerd:\/\//, '');
        await ctr(directory, '--namespace=k8s.io', 'tasks', 'kill', '--signal=SIGKILL', name);
      },
    },
  };
}

/** Loads an archive's images (OCI's or Docker's) into the node that works in `directory`, under the names it gives them. */
export async function importImages(directory: string, archives: readonly string[]): Promise<void> {
  for (const archive of archives) await ctr(directory, '--namespace=k8s.io', 'images', 'import', archive);
}

function ctr(directory: string, ...args: string[]): Promise<string> {
  return run('ctr', `--address=${containerdSocket(directory)}`, ...args);
}
