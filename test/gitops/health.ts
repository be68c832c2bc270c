/** Argo CD's health check of a Study, run as Argo CD runs it: Lua with the object as `obj`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LuaFactory } from 'wasmoon';
import { parse } from 'yaml';

const FILE = join(import.meta.dirname, '../../examples/gitops/argo-cd/argocd-cm.yaml');
const KEY = 'resource.customizations.health.abohb.dev_Study';

export interface Health {
  readonly status: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';
  readonly message: string;
}

export async function healthOf(object: unknown): Promise<Health> {
  const { data } = parse(await readFile(FILE, 'utf8')) as { readonly data: Readonly<Record<string, string>> };
  // No JavaScript objects inside: tables as Argo CD makes them from JSON.
  const lua = await new LuaFactory().createEngine({ enableProxy: false, injectObjects: false });
  try {
    lua.global.set('obj', JSON.parse(JSON.stringify(object)));
    return (await lua.doString(data[KEY] ?? '')) as Health;
  } finally {
    lua.global.close();
  }
}
