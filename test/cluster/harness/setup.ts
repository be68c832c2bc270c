/** What a control plane's components are given before they start: ports, keys, tokens, kubeconfigs, flags. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterAt, writeKubeconfig } from './accounts.ts';
import { freePort } from './processes.ts';
import { createAuthority } from './x509.ts';

/** Who is known to the API server, by token. `groups` is quoted, as in the file of tokens. */
export interface User {
  /** Of the kubeconfig's file, without `.conf`. */
  readonly name: string;
  readonly token: string;
  readonly user: string;
  readonly groups: string;
}

export interface Site {
  /** IPv4 address of this machine at which the API server is reached. */
  readonly address: string;
  /** Besides the control plane's own. */
  readonly users: readonly User[];
}

/** A cluster without nodes of its own: nobody reaches it from elsewhere. */
export const ON_THIS_MACHINE: Site = { address: '127.0.0.1', users: [] };

export interface Setup {
  /** Holds everything; the components work in it. */
  readonly directory: string;
  readonly address: string;
  readonly etcdPort: number;
  readonly apiServerPort: number;
}

const SERVICE_ADDRESSES = '10.96.0.0/16';
const FIRST_SERVICE_ADDRESS = '10.96.0.1';

const ADMIN = { name: 'admin', token: 'admin-token', user: 'admin', groups: '"system:masters"' };
const USERS: readonly User[] = [
  ADMIN,
  { name: 'controller-manager', token: 'kcm-token', user: 'system:kube-controller-manager', groups: '' },
  { name: 'scheduler', token: 'scheduler-token', user: 'system:kube-scheduler', groups: '' },
];

export function adminKubeconfig(setup: Pick<Setup, 'directory'>): string {
  return join(setup.directory, `${ADMIN.name}.conf`);
}

/** A new directory with all the files that the flags below name. */
export async function prepare({ address, users }: Site): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), 'abohb-cluster-'));
  mkdirSync(join(directory, 'logs'));
  const etcdPort = await freePort();
  const apiServerPort = await freePort();
  const authority = writeCertificates(directory, address);
  writeServiceAccountKeys(directory);
  const all = [...USERS, ...users];
  write(
    directory,
    'tokens.csv',
    all.map(({ token, user, name, groups }) => `${token},${user},${name},${groups}\n`).join(''),
  );
  const cluster = clusterAt(`https://${address}:${apiServerPort}`, authority);
  for (const { name, token } of all) writeKubeconfig(join(directory, `${name}.conf`), cluster, token);
  return { directory, address, etcdPort, apiServerPort };
}

/** Returns the authority's certificate. */
function writeCertificates(directory: string, address: string): string {
  const authority = createAuthority('abohb-test-authority');
  const server = authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: [...new Set(['127.0.0.1', address]), FIRST_SERVICE_ADDRESS],
  });
  const toKubelets = authority.issue({ commonName: 'kube-apiserver', organization: 'system:masters', usage: 'client' });
  write(directory, 'ca.crt', authority.certificate);
  for (const [name, pair] of [
    ['server', server],
    ['kubelet-client', toKubelets],
  ] as const) {
    write(directory, `${name}.crt`, pair.certificate);
    write(directory, `${name}.key`, pair.key);
  }
  return authority.certificate;
}

/** The API server signs service accounts' tokens with it. */
function writeServiceAccountKeys(directory: string): void {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  write(directory, 'sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  write(directory, 'sa.pub', publicKey.export({ type: 'spki', format: 'pem' }));
}

function write(directory: string, name: string, content: string | Buffer): void {
  writeFileSync(join(directory, name), content, { mode: 0o600 });
}

export function etcdFlags({ etcdPort }: Setup): string[] {
  const url = `http://127.0.0.1:${etcdPort}`;
  return [
    '--data-dir=etcd',
    '--unsafe-no-fsync', // survives its own end, if not the machine's
    '--log-level=warn',
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    '--listen-peer-urls=http://127.0.0.1:0',
  ];
}

export function apiServerFlags({ etcdPort, apiServerPort, address }: Setup): string[] {
  // A loopback address is refused as an endpoint, and there nobody reaches the server through a Service.
  const endpoints = address === ON_THIS_MACHINE.address ? 'none' : 'lease';
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${address}`,
    `--secure-port=${apiServerPort}`,
    `--advertise-address=${address}`,
    `--endpoint-reconciler-type=${endpoints}`,
    '--tls-cert-file=server.crt',
    '--tls-private-key-file=server.key',
    '--client-ca-file=ca.crt',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=Node,RBAC',
    `--service-cluster-ip-range=${SERVICE_ADDRESSES}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file=sa.pub',
    '--service-account-signing-key-file=sa.key',
    '--kubelet-client-certificate=kubelet-client.crt',
    '--kubelet-client-key=kubelet-client.key',
    '--kubelet-preferred-address-types=InternalIP',
    '--allow-privileged',
    '--profiling=false',
  ];
}

/** The default limits would be the bottleneck of tests with many Jobs. */
const UNHURRIED = ['--kube-api-qps=500', '--kube-api-burst=1000'];

function clientFlags(name: string): string[] {
  return [
    `--kubeconfig=${name}.conf`,
    `--authentication-kubeconfig=${name}.conf`,
    `--authorization-kubeconfig=${name}.conf`,
    '--leader-elect=false',
    '--secure-port=0', // several control planes on one machine would fight for the default port
    ...UNHURRIED,
  ];
}

export function controllerManagerFlags(): string[] {
  return [
    ...clientFlags('controller-manager'),
    '--use-service-account-credentials',
    '--service-account-private-key-file=sa.key',
    '--root-ca-file=ca.crt',
    '--concurrent-job-syncs=20',
  ];
}

export function schedulerFlags(): string[] {
  return clientFlags('scheduler');
}
