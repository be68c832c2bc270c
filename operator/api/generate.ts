/** `npm run generate`: writes the CRDs and the reference pages from the schemas; with --check, only says which files are not up to date. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { studyDefinition, trialDefinition } from './crd.ts';
import { referencePage } from './reference.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HEADER = '# Generated from operator/api by `npm run generate`: do not edit.\n';

const PAGES = { studies: 'study', trials: 'trial' } as const;

/** Path from the root of the repository → content. Helm can only read files of its own chart, hence the copy. */
export function generated(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, definition] of [
    ['studies', studyDefinition()],
    ['trials', trialDefinition()],
  ] as const) {
    const text = HEADER + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false });
    for (const folder of ['crds', 'charts/abohb/files/crds']) files.set(`${folder}/${name}.yaml`, text);
    files.set(`docs/${PAGES[name]}.md`, referencePage(definition));
  }
  return files;
}

/** The generated files whose content on disk differs. */
export async function outdated(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of generated()) {
    if ((await readFile(ROOT + path, 'utf8').catch(() => '')) !== text) stale.push(path);
  }
  return stale;
}

async function main(): Promise<void> {
  const stale = await outdated();
  if (process.argv.includes('--check')) {
    if (stale.length > 0) {
      console.error(`not up to date, run \`npm run generate\`: ${stale.join(', ')}`);
      process.exitCode = 1;
    }
    return;
  }
  for (const [path, text] of generated()) {
    await mkdir(dirname(ROOT + path), { recursive: true });
    await writeFile(ROOT + path, text);
  }
  console.log(stale.length === 0 ? 'everything was up to date' : `wrote ${stale.join(', ')}`);
}

if (import.meta.main) await main();
