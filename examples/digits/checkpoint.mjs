/** Saving a run so that another process can continue it as if nothing had happened. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** Node's own format for structured data: it keeps typed arrays and every bit of every number. */
const FILE = 'checkpoint.bin';

/**
 * Written beside the old checkpoint, then renamed over it: whenever the process is killed, one of the two is whole.
 * @param {string} folder made if there is none
 * @param {object} state
 */
export function save(folder, state) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, FILE);
  writeFileSync(`${path}.new`, serialize(state), { flush: true });
  renameSync(`${path}.new`, path);
}

/**
 * @param {string} folder
 * @returns {unknown} the state saved last; undefined if there is none
 */
export function saved(folder) {
  const path = join(folder, FILE);
  return existsSync(path) ? deserialize(readFileSync(path)) : undefined;
}
