/** What a control plane's components are given before they start: ports, keys, tokens, kubeconfigs, flags. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterAt, writeKubeconfig } from './accounts.ts';
import { freePort } from './processes.ts';
import { createAuthority } from './x509.ts';

export interface Setup {
  /** Holds everything; the components work in it. */
  readonly directory: string;
  readonly etcdPort: number;
  readonly apiServerPort: number;
}

const SERVICE_ADDRESSES = '10.96.0.0/16';
const FIRST_SERVICE_ADDRESS = '10.96.0.1';

const ADMIN = { name: 'admin', token: 'admin-token', user: 'admin', groups: '"system:masters"' };
const USERS = [
  ADMIN,
  { name: 'controller-manager', token: 'kcm-token', user: 'system:kube-controller-manager', groups: '' },
  { name: 'scheduler', token: 'scheduler-token', user: 'system:kube-scheduler', groups: '' },
];

export function adminKubeconfig(setup: Pick<Setup, 'directory'>): string {
  return join(setup.directory, `${ADMIN.name}.conf`);
}

/** A new directory with all the files that the flags below name. */
export async function prepare(): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), 'abohb-cluster-'));
  mkdirSync(join(directory, 'logs'));
  const etcdPort = await freePort();
  const apiServerPort = await freePort();
  const authority = writeCertificates(directory);
  writeServiceAccountKeys(directory);
  write(
    directory,
    'tokens.csv',
    USERS.map(({ token, user, name, groups }) => `${token},${user},${name},${groups}\n`).join(''),
  );
  const cluster = clusterAt(`https://127.0.0.1:${apiServerPort}`, authority);
  for (const { name, token } of USERS) writeKubeconfig(join(directory, `${name}.conf`), cluster, token);
  return { directory, etcdPort, apiServerPort };
}

/** Returns the authority's certificate. */
function writeCertificates(directory: string): string {
  const authority = createAuthority('abohb-test-authority');
  const server = authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', FIRST_SERVICE_ADDRESS],
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

export function apiServerFlags({ etcdPort, apiServerPort }: Setup): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${apiServerPort}`,
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none', // refuses a loopback address, and no test reaches the server through a Service
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
