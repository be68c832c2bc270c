/**
 * `node clean.js ROOT FOLDER…`: removes folders right below ROOT; one that is gone already is no error. What the Job that
 * removes checkpoints runs.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** No way out of ROOT. */
const FOLDER = /^[a-z0-9][a-z0-9.-]*$/;

async function main([root, ...folders]: readonly string[]): Promise<void> {
  const odd = folders.find((folder) => !FOLDER.test(folder));
  if (root === undefined || odd !== undefined)
    throw new Error(`cannot remove ${odd ?? 'nothing'}: not a folder's name`);
  for (const folder of folders) await rm(join(root, folder), { recursive: true, force: true });
  process.stdout.write(`removed ${folders.length} folders\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`clean: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
