/**
 * The image under all others: Debian with Node and npm. Docker and Podman take the Dockerfile's own, from its registry;
 * Buildah makes one of Debian's packages and of the Node that this project is run with, so that no image is pulled.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Engine } from './engine.ts';
import { install, program } from './machine.ts';
import { pathOf, run } from './run.ts';

const ROOT = join(import.meta.dirname, '../../..');
const NODE = realpathSync(join(ROOT, 'node_modules/.bin/node'));
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SUITE = 'bookworm';

/** What nothing in a container reads. */
const SUPERFLUOUS = [
  'usr/share/doc',
  'usr/share/locale',
  'usr/share/man',
  'usr/share/info',
  'var/cache/apt',
  'var/lib/apt',
];

/** The name by which Dockerfiles take it; made if need be (about a minute, once per version of Node and npm). */
export async function baseImage({ name, buildah }: Engine, progress: (line: string) => void): Promise<string> {
  const given = process.env['NODE_IMAGE'];
  if (given) return given;
  if (buildah === undefined) return defaultOf(join(ROOT, 'Dockerfile'), name);
  const image = `localhost/abohb-node:${await versionOfAll()}`;
  if (await has(buildah, image)) return image;
  progress(`making a base image of Debian ${SUITE} with Node ${process.version} (about a minute, once)`);
  await install(
    [program('debootstrap'), { debian: 'debian-archive-keyring', isThere: () => isFile(KEYRING) }],
    progress,
  );
  const container = (await buildah('from', 'scratch')).trim();
  try {
    await fill((await buildah('mount', container)).trim());
    await buildah('config', '--env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', container);
    await buildah('config', '--cmd=["node"]', container);
    await buildah('commit', '--quiet', container, image);
  } finally {
    await buildah('rm', container);
  }
  return image;
}

type Buildah = NonNullable<Engine['buildah']>;

async function has(buildah: Buildah, image: string): Promise<boolean> {
  return (await buildah('images', '--format={{.Name}}:{{.Tag}}')).split('\n').includes(image);
}

function defaultOf(dockerfile: string, engine: string): string {
  const image = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(dockerfile, 'utf8'))?.[1];
  if (image === undefined) throw new Error(`${dockerfile} names no base image`);
  return engine === 'podman' ? `docker.io/library/${image}` : image;
}

async function fill(root: string): Promise<void> {
  await run('debootstrap', '--variant=minbase', `--keyring=${KEYRING}`, SUITE, root);
  for (const path of SUPERFLUOUS) rmSync(join(root, path), { recursive: true, force: true });
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(NODE, join(root, 'usr/local/bin/node'));
  cpSync(npmFolder(), join(modules, 'npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

/** npm's package: its command lies in bin/ of it. */
function npmFolder(): string {
  const npm = pathOf('npm');
  if (npm === undefined) throw new Error('npm is not on the PATH');
  return dirname(dirname(realpathSync(npm)));
}

async function versionOfAll(): Promise<string> {
  const npm = readFileSync(join(npmFolder(), 'package.json'), 'utf8');
  const recipe = readFileSync(import.meta.filename);
  return createHash('sha256')
    .update(await run(NODE, '--version'))
    .update(npm)
    .update(recipe)
    .digest('hex')
    .slice(0, 12);
}

function isFile(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false; // not installed
  }
}
