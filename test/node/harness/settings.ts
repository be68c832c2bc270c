/** What the programs of a real node are given before they start: configuration files and flags. */
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminKubeconfig, type Setup, type Site } from '../../cluster/harness/setup.ts';
import { pluginFolder } from './machine.ts';
import { pathOf } from './run.ts';

export const NODE = 'real';
export const BRIDGE = 'abohb0';
const POD_ADDRESSES = '10.214.0.0/16';
/** The node's own address, on the bridge between its pods: reached from them and from this machine, not from elsewhere. */
export const NODE_ADDRESS = '10.214.0.1';

/** Image of the containers that hold a pod's namespaces. */
export const PAUSE_IMAGE = 'localhost/abohb-pause:1';

export const SITE: Site = {
  address: NODE_ADDRESS,
  users: [
    { name: 'node', token: 'node-token', user: `system:node:${NODE}`, groups: '"system:nodes"' },
    { name: 'proxy', token: 'proxy-token', user: 'system:kube-proxy', groups: '' },
  ],
};

export interface NodeOptions {
  /** Fake ones; 4 unless told. */
  readonly gpus?: number;
  /** Size at which the kubelet rotates a container's log; the kubelet's own 10Mi unless told. */
  readonly logSize?: string;
}

/** A folder of its own: containerd takes every `.conf` and `.json` in it for a network. */
const NETWORKS = 'networks';

/** Kernel settings that the kubelet and kube-proxy change. */
const KERNEL_SETTINGS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'net/ipv4/vs/conntrack',
  'net/bridge/bridge-nf-call-iptables',
];

/** Folders that the node's programs make where they do not let one choose another. */
const FOLDERS = ['/var/lib/kubelet', '/var/lib/cni', '/var/log/containers', '/run/containerd'];

/** Writes all the files that the flags below name, and what the machine is like before. */
export function writeSettings(setup: Setup, options: NodeOptions): void {
  const write = (name: string, content: string): void => writeFileSync(join(setup.directory, name), content);
  const before = KERNEL_SETTINGS.flatMap((name) => {
    const path = `/proc/sys/${name}`;
    const value = readable(path);
    return value === undefined ? [] : [`${path} ${value.trim()}\n`];
  });
  write('sysctl.before', before.join(''));
  write(
    'absent.before',
    FOLDERS.filter((path) => !existsSync(path))
      .map((path) => `${path}\n`)
      .join(''),
  );
  write('containerd.toml', containerdConfiguration(setup.directory));
  mkdirSync(join(setup.directory, NETWORKS));
  write(join(NETWORKS, 'abohb.conflist'), JSON.stringify(network(setup.directory)));
  write('kubelet.json', JSON.stringify(kubeletConfiguration(setup.directory, options)));
  write('Corefile', corefile(setup));
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not a setting of this kernel
  }
}

export function containerdSocket(directory: string): string {
  return join(directory, 'containerd.sock');
}

/** Version 2 of the format is read by containerd 1.4 and later. */
function containerdConfiguration(directory: string): string {
  return `version = 2
root = "${directory}/containerd"
state = "${directory}/containerd-state"
oom_score = 0
[grpc]
  address = "${containerdSocket(directory)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  # A root without CAP_SYS_RESOURCE may not lower a process's score, and runc dies of it.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${pluginFolder()}"
    conf_dir = "${join(directory, NETWORKS)}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshotter(directory)}"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${pathOf('runc')}"
        SystemdCgroup = false
`;
}

const OVERLAYFS_MAGIC = 0x794c7630;

/** An overlay cannot lie on an overlay, which is what the disk of a container is. */
export function isOverlay(directory: string): boolean {
  return statfsSync(directory).type === OVERLAYFS_MAGIC;
}

export function snapshotter(directory: string): 'overlayfs' | 'native' {
  return isOverlay(directory) ? 'native' : 'overlayfs';
}

/** Pods reach each other, the node and through it Services, and nothing beyond. */
function network(directory: string): object {
  return {
    cniVersion: '0.4.0',
    name: 'abohb',
    plugins: [
      {
        type: 'bridge',
        bridge: BRIDGE,
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: POD_ADDRESSES, gateway: NODE_ADDRESS }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: join(directory, 'addresses'),
        },
      },
    ],
  };
}

function kubeletConfiguration(directory: string, { logSize }: NodeOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NODE_ADDRESS,
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket(directory)}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(directory, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(directory, 'server.crt'),
    tlsPrivateKeyFile: join(directory, 'server.key'),
    podLogsDir: join(directory, 'pod-logs'),
    clusterDomain: 'cluster.local',
    clusterDNS: [NODE_ADDRESS],
    readOnlyPort: 0,
    serializeImagePulls: false,
    // Images that were imported cannot be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    nodeStatusUpdateFrequency: '5s',
    syncFrequency: '10s',
    ...(logSize !== undefined && {
      containerLogMaxSize: logSize,
      containerLogMaxFiles: 3,
      containerLogMonitorInterval: '3s',
    }),
    // Both need CAP_SYS_RESOURCE otherwise.
    oomScoreAdj: 0,
    maxOpenFiles: 20_000,
  };
}

function corefile(setup: Setup): string {
  return `.:53 {
  bind ${NODE_ADDRESS}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${adminKubeconfig(setup)}
    pods insecure
  }
  cache 5
}
`;
}

export function kubeletFlags(directory: string): string[] {
  return [
    '--config=kubelet.json',
    '--kubeconfig=node.conf',
    `--root-dir=${join(directory, 'kubelet')}`,
    `--hostname-override=${NODE}`,
    `--node-ip=${NODE_ADDRESS}`,
  ];
}

export function proxyFlags(): string[] {
  return [
    '--kubeconfig=proxy.conf',
    `--hostname-override=${NODE}`,
    '--proxy-mode=iptables',
    // A pod's answer to another one goes over the bridge, past the translation of addresses, unless all of it is.
    '--masquerade-all',
    '--iptables-localhost-nodeports=false',
    '--healthz-bind-address=127.0.0.1:10256',
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
  ];
}
