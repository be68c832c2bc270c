/**
 * Programs of ours that hold Kubernetes' own (`test/cluster/components`): built with Go once per version of their source
 * and of Go, and kept in the user's cache.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, exclusively } from './cache.ts';

/** A folder of `test/cluster/components`: the control plane's programs, or a node's (Linux only). */
export type OwnProgram = 'controlplane' | 'node';

export interface Unavailable {
  readonly kind: 'unavailable';
  /** One line. */
  readonly reason: string;
}

/** Where the program is, or will be once it is built. */
export interface Place {
  readonly kind: 'own';
  readonly path: string;
}

type Progress = (line: string) => void;

const COMPONENTS = join(import.meta.dirname, '..', 'components');
const VERSION_PACKAGES = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
const WORDS: Readonly<Record<OwnProgram, string>> = { controlplane: 'the control plane', node: "the node's programs" };

/** Fast: builds nothing. */
export function placeOf(program: OwnProgram): Place | Unavailable {
  if (process.platform === 'win32') return { kind: 'unavailable', reason: 'no control plane on Windows: use WSL' };
  const name = `${program}-${sourceHash(program)}`;
  const go = goVersion();
  if (go !== undefined) return { kind: 'own', path: join(cacheDirectory(), `${name}-${go}`) };
  const built = readdirSync(cacheDirectory()).find(
    (file) => file.startsWith(`${name}-go`) && !/\.(lock|new)$/.test(file),
  );
  if (built !== undefined) return { kind: 'own', path: join(cacheDirectory(), built) };
  return { kind: 'unavailable', reason: `no Go to build ${WORDS[program]} with` };
}

/** The program's path; builds it if need be (about five minutes, once). Throws when the build fails. */
export async function built(program: OwnProgram, progress: Progress): Promise<string | Unavailable> {
  const place = placeOf(program);
  if (place.kind === 'unavailable') return place;
  if (!existsSync(place.path)) await build(program, place.path, progress);
  return place.path;
}

function sourceHash(program: OwnProgram): string {
  const hash = createHash('sha256');
  const sources = readdirSync(join(COMPONENTS, program)).sort();
  for (const file of ['go.mod', 'go.sum', ...sources.map((name) => join(program, name))])
    hash.update(readFileSync(join(COMPONENTS, file)));
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

async function build(program: OwnProgram, path: string, progress: Progress): Promise<void> {
  await exclusively(path, progress, async () => {
    if (existsSync(path)) return; // whoever held the lock before us made it
    const started = Date.now();
    const elapsed = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
    progress(`building ${WORDS[program]} into ${path} (about five minutes on two cores, once)`);
    const ticker = setInterval(() => progress(`still building ${WORDS[program]}, ${elapsed()}`), 60_000);
    try {
      await go(program, ['build', '-trimpath', '-ldflags', linkerFlags(), '-o', `${path}.new`, `./${program}`]);
      renameSync(`${path}.new`, path);
      progress(`built ${WORDS[program]} in ${elapsed()}`);
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
function go(program: OwnProgram, args: readonly string[]): Promise<void> {
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
      else reject(new Error(`go ${args[0]} of ${WORDS[program]} failed (${signal ?? code}):\n${said}`));
    });
  });
}
