/**
 * The credentials of a pod, which every container finds in the same place: the address of the API server in its
 * environment, a token that is renewed within the hour and the server's authority in a folder.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KubeError } from './cluster.ts';
import type { Credentials } from './credentials.ts';

export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A renewed token and a renewed authority are taken up after this; the kubelet renews long before the old ones end. */
const REREAD_MS = 60_000;

export interface PodOptions {
  /** The environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where token, ca.crt and namespace are. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Undefined outside of a pod, and in one that is given no token. */
export function podCredentials({ env, folder, now }: PodOptions): Credentials | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host || statSync(join(folder, 'token'), { throwIfNoEntry: false }) === undefined) return undefined;
  const authority = host.includes(':') ? `[${host}]` : host;
  let read: { readonly at: number; readonly token: string; readonly ca: string } | undefined;
  return {
    server: new URL(`https://${authority}:${port}`),
    namespace: contentOf(folder, 'namespace') || undefined,
    sign: async () => {
      if (read === undefined || now() - read.at >= REREAD_MS)
        read = { at: now(), token: contentOf(folder, 'token'), ca: contentOf(folder, 'ca.crt') };
      return { headers: { Authorization: `Bearer ${read.token}` }, ca: read.ca };
    },
  };
}

function contentOf(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8').trim();
  } catch (error) {
    throw new KubeError('Unauthorized', `the pod's service account cannot be read: ${String(error)}`, { cause: error });
  }
}
