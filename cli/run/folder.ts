/** Where a local run of a Study keeps what it knows: one folder per Study. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { lock } from '../../operator/local/lock.ts';

export interface Folder {
  /** Absolute, like all that follow: the journal is in here. */
  readonly path: string;
  /** The operator's log. */
  readonly log: string;
  /** One log per pod. */
  readonly podLogs: string;
  /** One folder per trial. */
  readonly checkpoints: string;
  readonly results: string;
  /** A path as the user would type it. */
  shown(path: string): string;
}

/** root: absolute. The name of a valid Study is a valid name of a folder. */
export function folderOf(root: string, study: string, cwd: string): Folder {
  const path = join(root, study);
  return {
    path,
    log: join(path, 'abohb.log'),
    podLogs: join(path, 'logs'),
    checkpoints: join(path, 'checkpoints'),
    results: join(path, 'results'),
    shown: (each) => shortest(each, relative(cwd, each)),
  };
}

function shortest(absolute: string, relativePath: string): string {
  return relativePath.length < absolute.length ? relativePath : absolute;
}

/** Makes the folder, out of sight of git. */
export function makeFolder({ path }: Folder): void {
  const root = dirname(path);
  mkdirSync(path, { recursive: true });
  const ignore = join(root, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}

/** Moves the folder to the first free `<name>.<n>` and says where; undefined when there is none. Throws DirectoryInUse. */
export function moveAside({ path }: Folder): string | undefined {
  if (!existsSync(path)) return undefined;
  const held = lock(path);
  const aside = freeName(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    held.release();
    throw error;
  }
  rmSync(join(aside, 'lock'), { force: true });
  return aside;
}

function freeName(path: string): string {
  let n = 1;
  while (existsSync(`${path}.${n}`)) n += 1;
  return `${path}.${n}`;
}
