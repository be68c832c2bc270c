/** Where the API server is and how we prove who we are: the only place that knows @kubernetes/client-node. */
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { KubeError } from './cluster.ts';
import { podCredentials, SERVICE_ACCOUNT } from './service-account.ts';

export interface Credentials {
  /** Address of the API server; may have a path, which goes before every request's. */
  readonly server: URL;
  /** The kubeconfig context's namespace, or the pod's own. */
  readonly namespace: string | undefined;
  /** Headers, TLS material and, behind a proxy, an agent for one request. Refreshes tokens that are about to expire. */
  sign(): Promise<RequestOptions>;
}

export interface KubeconfigOptions {
  /** Path of a kubeconfig file. Absent: $KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  /** Absent: the file's current context. */
  readonly context?: string | undefined;
  /** Where a pod finds its service account, if not where all do. */
  readonly serviceAccount?: string | undefined;
}

/** Throws KubeError `Unauthorized` when there is nothing usable. */
export function credentials(options: KubeconfigOptions): Credentials {
  return ownCredentials(options) ?? kubeconfigCredentials(options);
}

/** Those of the pod, unless there is a kubeconfig. */
function ownCredentials({ kubeconfig, context, serviceAccount: folder = SERVICE_ACCOUNT }: KubeconfigOptions) {
  const { env } = process;
  const isTold = kubeconfig !== undefined || context !== undefined || Boolean(env['KUBECONFIG']);
  if (isTold || existsSync(join(homedir(), '.kube', 'config'))) return undefined;
  return podCredentials({ env, folder, now: Date.now });
}

function kubeconfigCredentials(options: KubeconfigOptions): Credentials {
  const config = load(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new KubeError('Unauthorized', `the kubeconfig names no cluster for the context "${config.currentContext}"`);
  }
  const { proxyUrl } = cluster;
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.currentContext)?.namespace,
    sign: async () => {
      const signed: RequestOptions = { headers: {} };
      try {
        await config.applyToHTTPSOptions(signed);
      } catch (error) {
        throw new KubeError('Unauthorized', `the kubeconfig yields no credentials: ${String(error)}`, { cause: error });
      }
      // Its agents keep the TLS material they were made with, so rotated certificates would not be noticed; only for a
      // proxy is there no other way.
      const { agent, ...rest } = signed;
      return proxyUrl === undefined || agent === undefined ? rest : { ...rest, agent };
    },
  };
}

/** For an API server that asks for no credentials, such as `kubectl proxy`. */
export function anonymousCredentials(server: string): Credentials {
  return { server: new URL(server), namespace: undefined, sign: () => Promise.resolve({ headers: {} }) };
}

/** Loaded when it is needed: with all that it brings along it takes some 80 MiB. */
function client(): typeof import('@kubernetes/client-node') {
  return createRequire(import.meta.url)('@kubernetes/client-node');
}

function load({ kubeconfig, context }: KubeconfigOptions): KubeConfig {
  const config = new (client().KubeConfig)();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new KubeError('Unauthorized', `the kubeconfig cannot be read: ${String(error)}`, { cause: error });
  }
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}
