/** The results of a run as files: a table, the objects themselves, and a picture. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { csv } from './csv.ts';
import { curvesSvg } from './curves.ts';

/** Makes the directory. Returns the paths. */
export async function writeResults(dir: string, study: Study, trials: readonly Trial[]): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true });
  const files = {
    'results.csv': csv(study, trials),
    'results.json': `${JSON.stringify(list(study, trials), null, 2)}\n`,
    'curves.svg': curvesSvg(study, trials),
  };
  const written: string[] = [];
  for (const [name, content] of Object.entries(files)) written.push(await writeWhole(join(dir, name), content));
  return written;
}

/** As `kubectl get study,trials -o json` prints them. */
function list(study: Study, trials: readonly Trial[]): object {
  return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: [study, ...trials] };
}

/** Nobody reads half a file. */
async function writeWhole(path: string, content: string): Promise<string> {
  const draft = `${path}.tmp`;
  await writeFile(draft, content);
  await rename(draft, path);
  return path;
}
