/** Namespaces, service accounts' tokens and kubeconfigs: how a test becomes somebody on a cluster. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Rest } from './rest.ts';
import { until } from './wait.ts';

export interface Accounts {
  /** A new namespace, ready to have pods, its name `prefix` and something unique. */
  namespace(prefix: string): Promise<string>;
  /** A token of a service account, good for three hours; as the kubelet hands it to a pod where one is given. */
  tokenFor(namespace: string, serviceAccount: string, pod?: Bound): Promise<string>;
  /** Path of a kubeconfig for the same server with that token. */
  kubeconfigFor(token: string): string;
  /** The environment of a process of ours that finds the server as in a pod of that namespace with that token. */
  podEnvironment(namespace: string, token: string): Readonly<Record<string, string>>;
}

/** A pod that a token is bound to: it is good as long as the pod exists. */
export interface Bound {
  readonly name: string;
  readonly uid: string;
}

interface AccountsOptions {
  readonly admin: Rest;
  readonly kubeconfig: string;
  /** Where kubeconfigs are written. */
  readonly directory: string;
  /** Something gives every namespace its default service account. */
  readonly hasControllers: boolean;
}

export function accounts({ admin, kubeconfig, directory, hasControllers }: AccountsOptions): Accounts {
  const cluster = clusterOf(kubeconfig);
  return {
    namespace: async (prefix) => {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
      const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
      if (hasControllers) await until(`${name} has its default service account`, () => admin.call('GET', account));
      return name;
    },
    tokenFor: async (namespace, serviceAccount, pod) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
      const boundObjectRef = pod && { apiVersion: 'v1', kind: 'Pod', ...pod };
      const body = { spec: { expirationSeconds: 10_800, ...(boundObjectRef && { boundObjectRef }) } };
      const answer = await admin.call<{ status: { token: string } }>('POST', path, { body });
      return answer.status.token;
    },
    kubeconfigFor: (token) => {
      const path = join(directory, `token-${randomBytes(4).toString('hex')}.conf`);
      writeKubeconfig(path, cluster, token);
      return path;
    },
    podEnvironment: (namespace, token) => {
      const folder = mkdtempSync(join(directory, 'service-account-'));
      const files = { token, namespace, 'ca.crt': authorityOf(cluster) };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
      const { hostname, port } = new URL(String(cluster['server']));
      return {
        // No kubeconfig of whoever runs the test.
        HOME: folder,
        KUBERNETES_SERVICE_HOST: hostname.replace(/^\[|\]$/g, ''),
        KUBERNETES_SERVICE_PORT: port || '443',
        ABOHB_SERVICE_ACCOUNT: folder,
      };
    },
  };
}

/** A kubeconfig's `cluster` member: address and how to trust it. */
type Cluster = Readonly<Record<string, unknown>>;

/** PEM. */
function authorityOf(cluster: Cluster): string {
  const { 'certificate-authority': path, 'certificate-authority-data': data } = cluster;
  return typeof path === 'string' ? readFileSync(path, 'utf8') : Buffer.from(String(data), 'base64').toString();
}

/** Where a server is, for `writeKubeconfig`. `certificateAuthority` is PEM. */
export function clusterAt(server: string, certificateAuthority: string): Cluster {
  return { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') };
}

export function writeKubeconfig(path: string, cluster: Cluster, token: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token } }],
  };
  writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Cluster }[];
}

/** The current context's cluster, a relative path in it made absolute. */
function clusterOf(kubeconfig: string): Cluster {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  if (cluster === undefined) throw new Error(`${kubeconfig} has no cluster for its current context`);
  const authority = cluster['certificate-authority'];
  if (typeof authority !== 'string') return cluster;
  return { ...cluster, 'certificate-authority': resolve(dirname(kubeconfig), authority) };
}
