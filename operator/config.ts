/** The environment of the operator's process → its configuration, checked once. */
import { hostname } from 'node:os';
import { z } from 'zod';

const environment = z.object({
  ABOHB_NAMESPACES: z.string().default(''),
  ABOHB_LEASE_NAMESPACE: z.string().optional(),
  ABOHB_LEASE_NAME: z.string().min(1).default('abohb'),
  ABOHB_LEADER_ELECTION: z.enum(['true', 'false']).default('true'),
  ABOHB_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  ABOHB_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  ABOHB_THREADS: z.coerce.number().int().min(1).max(64).default(2),
  ABOHB_SUGGESTION_DEADLINE_SECONDS: z.coerce.number().min(1).default(120),
  ABOHB_IMAGE: z.string().default(''),
  ABOHB_SERVICE_ACCOUNT: z.string().optional(),
  KUBECONFIG: z.string().optional(),
  POD_NAME: z.string().optional(),
});

export interface Config {
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly lease: { readonly namespace: string | undefined; readonly name: string; readonly isUsed: boolean };
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly port: number;
  readonly threads: number;
  readonly suggestionDeadlineMs: number;
  /**
   * Of this process and no other, a restarted container's included: the lease of one that was killed has to run out, and by
   * then nothing that it had asked for is still under way.
   */
  readonly identity: string;
  readonly kubeconfig: string | undefined;
  /** Folder of the pod's service account, if not where every pod finds it. */
  readonly serviceAccount: string | undefined;
  /** The image this process runs from, for the sidecars of trials. */
  readonly image: string | undefined;
}

/** `instance` tells processes of a pod apart. Throws a ZodError that names the variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, instance: string): Config {
  const given = environment.parse(env);
  return {
    namespaces: given.ABOHB_NAMESPACES.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    lease: {
      namespace: given.ABOHB_LEASE_NAMESPACE,
      name: given.ABOHB_LEASE_NAME,
      isUsed: given.ABOHB_LEADER_ELECTION === 'true',
    },
    logLevel: given.ABOHB_LOG_LEVEL,
    port: given.ABOHB_PORT,
    threads: given.ABOHB_THREADS,
    suggestionDeadlineMs: given.ABOHB_SUGGESTION_DEADLINE_SECONDS * 1000,
    identity: `${given.POD_NAME ?? hostname()}-${instance}`,
    kubeconfig: given.KUBECONFIG,
    serviceAccount: given.ABOHB_SERVICE_ACCOUNT,
    image: given.ABOHB_IMAGE === '' ? undefined : given.ABOHB_IMAGE,
  };
}
