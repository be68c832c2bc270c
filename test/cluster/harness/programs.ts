/** kubectl and helm as functions, pointed at one cluster. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import { tools } from './tools.ts';

/** What it printed. Throws with what it said on standard error when it fails. */
export type Program = (args: readonly string[], input?: string) => Promise<string>;

export interface Programs {
  readonly kubectl: Program;
  readonly helm: Program;
}

/** Fetches them if need be. Throws where they cannot be had. */
export async function programsFor(kubeconfig: string): Promise<Programs> {
  const paths = await tools((line) => void process.stderr.write(`test cluster: ${line}\n`));
  if (paths.kind === 'unavailable') throw new Error(paths.reason);
  const home = (name: string): string => join(cacheDirectory(), `helm-${name}`); // none of the user's own plugins and settings
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: home('cache'),
    HELM_CONFIG_HOME: home('config'),
    HELM_DATA_HOME: home('data'),
  };
  return {
    kubectl: (args, input) => run(paths.kubectl, args, { env, input }),
    helm: (args, input) => run(paths.helm, args, { env, input }),
  };
}

/** Arguments that give a chart these values, as JSON. */
export function chartValues(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);
}

interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly input: string | undefined;
}

function run(command: string, args: readonly string[], { env, input }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text;
    });
    child.once('error', reject);
    child.stdin.once('error', () => undefined); // it ended without reading all: its exit code says why
    child.once('close', (code) => {
      if (code === 0) resolve(said.out);
      else reject(new Error(`${command} ${args.join(' ')} (exit ${code}):\n${said.err}`));
    });
    child.stdin.end(input);
  });
}
