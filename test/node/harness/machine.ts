/** What this machine must have to be a node: Linux, root, and a few programs that are installed where they are missing. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exclusively } from '../../cluster/harness/cache.ts';
import { placeOf } from '../../cluster/harness/own-programs.ts';
import { pathOf, run } from './run.ts';

/** What must be there, and the Debian package that has it. */
export interface Requirement {
  readonly debian: string;
  isThere(): boolean;
}

export function program(name: string, debian = name): Requirement {
  return { debian, isThere: () => pathOf(name) !== undefined };
}

const REQUIRED: readonly Requirement[] = [
  program('containerd'),
  program('runc'),
  program('iptables'),
  program('ip', 'iproute2'),
  program('mount'),
  { debian: 'containernetworking-plugins', isThere: () => pluginFolder() !== undefined },
];

/** Debian has the network plugins in the first folder, most others in the second. */
const PLUGIN_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin'];

/** Where the network plugins are; undefined where they are not installed. */
export function pluginFolder(): string | undefined {
  return PLUGIN_FOLDERS.find((folder) => existsSync(join(folder, 'bridge')) && existsSync(join(folder, 'host-local')));
}

/** Why this machine cannot be a node; undefined when it can. Fast: installs and builds nothing. */
export function whyNoNode(): string | undefined {
  if (process.platform !== 'linux') return `a real node needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a real node needs root';
  for (const own of ['controlplane', 'node'] as const) {
    const place = placeOf(own);
    if (place.kind === 'unavailable') return place.reason;
  }
  const packages = missing(REQUIRED);
  if (packages.length > 0 && pathOf('apt-get') === undefined) return `a real node needs ${packages.join(', ')}`;
  return undefined;
}

/** Installs what is missing, saying so. Throws where that fails. */
export function prepareMachine(progress: (line: string) => void): Promise<void> {
  return install(REQUIRED, progress);
}

/**
 * Installs the Debian packages of what is not there. Throws with apt-get's words where that fails. A machine has one
 * apt-get at a time: those of this project wait for each other, and for whoever else's is running.
 */
export async function install(required: readonly Requirement[], progress: (line: string) => void): Promise<void> {
  if (missing(required).length === 0) return;
  await exclusively(join(tmpdir(), 'abohb-apt-get'), progress, async () => {
    const packages = missing(required);
    if (packages.length === 0) return;
    progress(`installing ${packages.join(', ')} (apt-get)`);
    await aptGet('update');
    await aptGet('install', '-y', '--no-install-recommends', ...packages);
  });
}

const APT_WITHIN_MS = 10 * 60_000;

async function aptGet(...args: string[]): Promise<void> {
  const deadline = Date.now() + APT_WITHIN_MS;
  for (;;) {
    const error = await run('apt-get', '-qq', ...args).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (error === undefined) return;
    if (!/Could not get lock/.test(String(error)) || Date.now() > deadline) throw error;
    await sleep(1_000);
  }
}

function missing(required: readonly Requirement[]): string[] {
  return required.filter(({ isThere }) => !isThere()).map(({ debian }) => debian);
}
