/** The images that run on a real node: built from the project's Dockerfiles, kept as archives until what is in them changes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, exclusively } from '../../cluster/harness/cache.ts';
import { baseImage } from './base-image.ts';
import { type Engine, engine, type Recipe } from './engine.ts';
import { PAUSE_IMAGE } from './settings.ts';

const ROOT = join(import.meta.dirname, '../../..');
const DIGITS = join(ROOT, 'examples/digits');

export interface Images {
  /** The operator's: name and tag. */
  readonly operator: { readonly repository: string; readonly tag: string };
  /** Code that learns to read digits, as examples/digits/study.yaml calls it; has Node and a shell. */
  readonly training: string;
  /** What to import. */
  readonly archives: readonly string[];
}

interface Wanted {
  /** Without a tag. */
  readonly name: string;
  /** The content's hash unless told. */
  readonly tag?: string;
  readonly recipe: Recipe;
  /** Files and folders of the context that get into the image. */
  readonly sources: readonly string[];
}

type Progress = (line: string) => void;

/** Builds what has changed since it was built last. Throws with the engine's words where that fails. */
export async function images(progress: Progress): Promise<Images> {
  const directory = join(cacheDirectory(), 'images');
  mkdirSync(directory, { recursive: true });
  return exclusively(join(directory, 'build'), progress, async () => {
    const builder = await engine(progress);
    try {
      return await built({ builder, directory, progress });
    } finally {
      await builder.close();
    }
  });
}

async function built(workshop: Workshop): Promise<Images> {
  const base = await baseImage(workshop.builder, workshop.progress);
  const [operator, training, pause] = wanted(base);
  const archives = [];
  for (const each of [operator, training, pause]) archives.push(await archived(each, workshop));
  return {
    operator: { repository: operator.name, tag: tagOf(operator) },
    training: `${training.name}:${tagOf(training)}`,
    archives,
  };
}

function wanted(base: string): readonly [Wanted, Wanted, Wanted] {
  const operator: Wanted = {
    name: 'localhost/abohb',
    recipe: { context: ROOT, dockerfile: join(ROOT, 'Dockerfile'), arguments: { NODE_IMAGE: base } },
    sources: ['Dockerfile', '.dockerignore', '.npmrc', 'package.json', 'package-lock.json', 'LICENSE', 'src']
      .concat(['tsconfig.json', 'tsconfig.build.json', 'operator', 'cli', 'crds'])
      .filter((source) => existsSync(join(ROOT, source))),
  };
  const training: Wanted = {
    name: 'docker.io/library/digits',
    tag: '1',
    recipe: { context: DIGITS, dockerfile: join(DIGITS, 'Dockerfile'), arguments: { BASE: base } },
    sources: readdirSync(DIGITS).filter((file) => file === 'Dockerfile' || /\.(mjs|gz)$/.test(file)),
  };
  const pause = join(import.meta.dirname, 'pause');
  const [name = '', tag = ''] = PAUSE_IMAGE.split(':');
  const holding: Wanted = {
    name,
    tag,
    recipe: { context: pause, dockerfile: join(pause, 'Dockerfile'), arguments: { BASE: base } },
    sources: ['Dockerfile'],
  };
  return [operator, training, holding];
}

interface Workshop {
  readonly builder: Engine;
  readonly directory: string;
  readonly progress: Progress;
}

/** Path of the archive. */
async function archived(image: Wanted, { builder, directory, progress }: Workshop): Promise<string> {
  const title = image.name.split('/').at(-1) ?? image.name;
  const archive = join(directory, `${title}-${contentHash(image)}.tar`);
  if (existsSync(archive)) return archive;
  progress(`building the image ${image.name} with ${builder.name}`);
  await builder.build(image.recipe, `${image.name}:${tagOf(image)}`, `${archive}.new`);
  for (const file of readdirSync(directory)) if (isArchiveOf(title, file)) rmSync(join(directory, file));
  renameSync(`${archive}.new`, archive);
  return archive;
}

function isArchiveOf(title: string, file: string): boolean {
  return file.startsWith(`${title}-`) && /^[0-9a-f]{12}\.tar$/.test(file.slice(title.length + 1));
}

function tagOf(image: Wanted): string {
  return image.tag ?? contentHash(image);
}

function contentHash({ recipe, sources }: Wanted): string {
  const hash = createHash('sha256').update(JSON.stringify(recipe.arguments));
  for (const source of sources) {
    for (const path of filesIn(join(recipe.context, source))) {
      hash.update(path.slice(recipe.context.length)).update(readFileSync(path));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/** Those that get into images: no tests. */
function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return path.endsWith('.test.ts') ? [] : [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
