/** Builds images from Dockerfiles: with Docker or Podman where they work, else with Buildah, which needs no daemon. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../cluster/harness/cache.ts';
import { install, program } from './machine.ts';
import { run } from './run.ts';
import { isOverlay } from './settings.ts';

export interface Recipe {
  /** Folder that holds what is copied. */
  readonly context: string;
  readonly dockerfile: string;
  readonly arguments: Readonly<Record<string, string>>;
}

export interface Engine {
  readonly name: 'docker' | 'podman' | 'buildah';
  /** Builds an image and writes it to an archive that containerd can import. */
  build(recipe: Recipe, image: string, archive: string): Promise<void>;
  /** The engine's own commands, for images that have no Dockerfile; Buildah only. */
  readonly buildah: ((...args: string[]) => Promise<string>) | undefined;
  /** Leaves no mounts and no half-built containers behind. */
  close(): Promise<void>;
}

export async function engine(progress: (line: string) => void): Promise<Engine> {
  for (const name of ['docker', 'podman'] as const) if (await works(name)) return withDaemon(name);
  await install([program('buildah')], progress);
  return withBuildah();
}

async function works(name: string): Promise<boolean> {
  try {
    await run(name, 'info');
    return true;
  } catch {
    return false; // not installed, or its daemon does not run
  }
}

function buildArguments({ dockerfile, arguments: given }: Recipe): string[] {
  return [
    `--file=${dockerfile}`,
    ...Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
  ];
}

function withDaemon(name: 'docker' | 'podman'): Engine {
  return {
    name,
    build: async (recipe, image, archive) => {
      await run(name, 'build', ...buildArguments(recipe), `--tag=${image}`, recipe.context);
      await run(name, 'save', '--output', archive, image);
    },
    buildah: undefined,
    close: async () => undefined,
  };
}

function withBuildah(): Engine {
  const directory = join(cacheDirectory(), 'images');
  mkdirSync(directory, { recursive: true });
  const buildah = (...args: string[]): Promise<string> =>
    run(
      'buildah',
      `--root=${join(directory, 'storage')}`,
      `--runroot=${join(tmpdir(), 'abohb-buildah')}`,
      `--storage-driver=${isOverlay(directory) ? 'vfs' : 'overlay'}`,
      ...args,
    );
  return {
    name: 'buildah',
    build: (recipe, image, archive) =>
      withNpm(async (volumes) => {
        const settings = ['--isolation=chroot', '--layers', '--pull-never', ...volumes];
        await buildah('build', ...settings, ...buildArguments(recipe), `--tag=${image}`, recipe.context);
        rmSync(archive, { force: true });
        await buildah('push', '--quiet', '--disable-compression', image, `oci-archive:${archive}:${image}`);
      }),
    buildah,
    close: async () => {
      await buildah('rm', '--all');
      const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
      const ours = mounts.map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(`${directory}/`));
      for (const path of ours.toSorted().reverse()) await run('umount', '--lazy', path);
    },
  };
}

/**
 * Mounts by which npm in the build has this user's cache and settings, and so asks the network for little and trusts whom
 * it trusts here; none of it gets into the image.
 */
async function withNpm(build: (volumes: readonly string[]) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'abohb-npm-'));
  try {
    const [cache, ownAuthority, registry] = await Promise.all(['cache', 'cafile', 'registry'].map(npmSetting));
    const cafile = ownAuthority ?? process.env['NODE_EXTRA_CA_CERTS'];
    const authority = '/run/npm-ca.crt';
    const isPrivate = cafile !== undefined && existsSync(cafile);
    const lines = ['prefer-offline=true', `registry=${registry}`, ...(isPrivate ? [`cafile=${authority}`] : [])];
    const settings = join(directory, 'npmrc');
    writeFileSync(settings, `${lines.join('\n')}\n`);
    await build([
      `--volume=${cache ?? join(homedir(), '.npm')}:/root/.npm`,
      `--volume=${settings}:/root/.npmrc:ro`,
      ...(isPrivate ? [`--volume=${cafile}:${authority}:ro`] : []),
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function npmSetting(name: string): Promise<string | undefined> {
  const value = (await run('npm', 'config', 'get', name)).trim();
  return value === 'null' || value === '' ? undefined : value;
}
