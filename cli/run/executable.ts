/** Whether a command could be started, before anything is. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

/** env: PATH of it says where commands without a slash are; those with one count from `cwd`. */
export async function isExecutable(
  file: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<boolean> {
  if (file.includes('/')) return isExecutableFile(resolve(cwd, file));
  const folders = (env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) if (await isExecutableFile(join(resolve(cwd, folder), file))) return true;
  return false;
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // Whatever the reason: it cannot be started.
  }
}

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false, // Not there, or not for us.
  );
}
