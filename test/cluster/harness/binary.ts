/**
 * Where the control plane's programs come from: `KUBEBUILDER_ASSETS`, or one program of ours that holds them all
 * (`test/cluster/components`), built once per version of it and of Go and kept in the user's cache.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, exclusively } from './cache.ts';

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

export interface Unavailable {
  readonly kind: 'unavailable';
  /** One line. */
  readonly reason: string;
}

export type Binaries = Available | Unavailable;

type Progress = (line: string) => void;

const COMPONENTS = join(import.meta.dirname, '..', 'components');
const VERSION_PACKAGES = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** The programs, built if need be (about ten minutes, once). Throws when the build fails. */
export async function controlPlaneBinaries(progress: Progress): Promise<Binaries> {
  const source = binarySource();
  if (source.kind === 'unavailable') return source;
  if (source.kind === 'assets') return fromAssets(source.directory);
  if (!existsSync(source.path)) await build(source.path, progress);
  return multiCall(source.path);
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

type Source =
  | Unavailable
  | { readonly kind: 'assets'; readonly directory: string }
  | { readonly kind: 'own'; readonly path: string };

function binarySource(): Source {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets) return { kind: 'assets', directory: assets };
  if (process.platform === 'win32') return { kind: 'unavailable', reason: 'no control plane on Windows: use WSL' };
  const name = `controlplane-${sourceHash()}`;
  const go = goVersion();
  if (go !== undefined) return { kind: 'own', path: join(cacheDirectory(), `${name}-${go}`) };
  const built = readdirSync(cacheDirectory()).find(
    (file) => file.startsWith(`${name}-go`) && !/\.(lock|new)$/.test(file),
  );
  if (built !== undefined) return { kind: 'own', path: join(cacheDirectory(), built) };
  return { kind: 'unavailable', reason: 'no Go to build the control plane with, and KUBEBUILDER_ASSETS is not set' };
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(COMPONENTS, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Such as `go1.26.1`; undefined when there is no Go. */
function goVersion(): string | undefined {
  try {
    return execFileSync('go', ['env', 'GOVERSION'], {
      encoding: 'utf8',
      cwd: COMPONENTS,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // no Go, or one too old to know the variable
  }
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

async function build(path: string, progress: Progress): Promise<void> {
  await exclusively(path, progress, async () => {
    if (existsSync(path)) return; // whoever held the lock before us made it
    const started = Date.now();
    const elapsed = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
    progress(`building the control plane into ${path} (about ten minutes on two cores, once)`);
    const ticker = setInterval(() => progress(`still building the control plane, ${elapsed()}`), 60_000);
    try {
      await go(['build', '-trimpath', '-ldflags', linkerFlags(), '-o', `${path}.new`, '.']);
      renameSync(`${path}.new`, path);
      progress(`built the control plane in ${elapsed()}`);
    } finally {
      clearInterval(ticker);
      rmSync(`${path}.new`, { force: true });
    }
  });
}

/** The version is told at link time, or `/version` answers v0.0.0-master and clients misjudge what the server can do. */
function linkerFlags(): string {
  const goMod = readFileSync(join(COMPONENTS, 'go.mod'), 'utf8');
  const version = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(goMod);
  if (version === null) throw new Error('test/cluster/components/go.mod names no version of k8s.io/kubernetes');
  const settings = [`gitVersion=${version[1]}`, 'gitMajor=1', `gitMinor=${version[2]}`, 'gitTreeState=clean'];
  return ['-s -w', ...VERSION_PACKAGES.flatMap((name) => settings.map((s) => `-X ${name}.${s}`))].join(' ');
}

/** Runs go; its words are part of the error when it fails. */
function go(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd: COMPONENTS,
      env: { ...process.env, CGO_ENABLED: '0', GOGC: '400' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go ${args[0]} of the control plane failed (${signal ?? code}):\n${said}`));
    });
  });
}
