/**
 * Where the control plane's programs come from: `KUBEBUILDER_ASSETS`, or one program of ours that holds them all
 * (`own-programs.ts`).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { built, type Place, placeOf, type Unavailable } from './own-programs.ts';

/** A program and its first arguments. */
export type Program = readonly [command: string, ...args: string[]];

export interface Available {
  readonly kind: 'available';
  readonly etcd: Program;
  readonly apiServer: Program;
  /** Absent: no garbage collection, no Jobs' pods, no service account tokens' root certificate. */
  readonly controllerManager?: Program;
  /** Absent: pods stay unbound. */
  readonly scheduler?: Program;
}

export type Binaries = Available | Unavailable;

/** The programs, built if need be. Throws when the build fails. */
export async function controlPlaneBinaries(progress: (line: string) => void): Promise<Binaries> {
  const source = binarySource();
  if (source.kind === 'unavailable') return source;
  if (source.kind === 'assets') return fromAssets(source.directory);
  const path = await built('controlplane', progress);
  return typeof path === 'string' ? multiCall(path) : path;
}

/**
 * What a test needs of a cluster. `server`: an API server. `controllers`: garbage collection, service accounts and roles
 * that are aggregated, as well. `nodes`: Jobs get pods and these get nodes, which the test plays.
 */
export type Need = 'server' | 'controllers' | 'nodes';

/** Why it cannot be had on this machine; undefined when it can. Fast: builds nothing. */
export function whyUnavailable(need: Need): string | undefined {
  const source = binarySource();
  if (source.kind === 'own') return undefined;
  const binaries = source.kind === 'assets' ? fromAssets(source.directory) : source;
  if (binaries.kind === 'unavailable') return binaries.reason;
  const missing = [
    ...(need !== 'server' && !binaries.controllerManager ? ['kube-controller-manager'] : []),
    ...(need === 'nodes' && !binaries.scheduler ? ['kube-scheduler'] : []),
  ];
  return missing.length > 0 ? `KUBEBUILDER_ASSETS has no ${missing.join(' and no ')}` : undefined;
}

type Source = Unavailable | Place | { readonly kind: 'assets'; readonly directory: string };

function binarySource(): Source {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets) return { kind: 'assets', directory: assets };
  const place = placeOf('controlplane');
  if (place.kind === 'own') return place;
  return { kind: 'unavailable', reason: `${place.reason}, and KUBEBUILDER_ASSETS is not set` };
}

function fromAssets(directory: string): Binaries {
  const program = (name: string): Program | undefined => {
    const path = join(directory, name);
    return existsSync(path) ? [path] : undefined;
  };
  const etcd = program('etcd');
  const apiServer = program('kube-apiserver');
  if (etcd === undefined || apiServer === undefined)
    return { kind: 'unavailable', reason: `KUBEBUILDER_ASSETS=${directory} lacks etcd or kube-apiserver` };
  const controllerManager = program('kube-controller-manager');
  const scheduler = program('kube-scheduler');
  return {
    kind: 'available',
    etcd,
    apiServer,
    ...(controllerManager && { controllerManager }),
    ...(scheduler && { scheduler }),
  };
}

function multiCall(path: string): Available {
  return {
    kind: 'available',
    etcd: [path, 'etcd'],
    apiServer: [path, 'kube-apiserver'],
    controllerManager: [path, 'kube-controller-manager'],
    scheduler: [path, 'kube-scheduler'],
  };
}
