/** The operator as users run it: a process of its own, with the token of the service account the chart gives it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { chartValues, programsFor } from './programs.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface Installed {
  /** Where the chart was installed. */
  readonly system: string;
  /** By which a process may do what the chart allows and nothing else: as in a pod with its service account. */
  readonly environment: Readonly<Record<string, string>>;
  /** For logs; goes with the control plane. */
  readonly directory: string;
}

/** Installs the chart for these namespaces, without a running Deployment: the operator runs as a process of the test. */
export async function installChart(
  plane: ControlPlane,
  namespaces: readonly string[],
  values: Readonly<Record<string, unknown>> = {},
): Promise<Installed> {
  const { helm } = await programsFor(plane.kubeconfig);
  const system = await plane.namespace('abohb-system');
  const all = chartValues({ replicas: 0, namespaces, ...values });
  await helm([
    'upgrade',
    '--install',
    'abohb',
    join(ROOT, 'charts/abohb'),
    '--namespace',
    system,
    '--take-ownership',
    ...all,
  ]);
  const environment = plane.podEnvironment(system, await plane.tokenFor(system, 'abohb'));
  return { system, environment, directory: dirname(plane.kubeconfig) };
}

export interface OperatorProcess {
  /** Ends it without a warning, as the kernel would. */
  kill(): Promise<void>;
  /** Asks it to end. */
  stop(): Promise<void>;
  readonly logFile: string;
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
}

export interface OperatorProcessOptions extends Installed {
  readonly namespaces: readonly string[];
  /** Of its probes and metrics; any that is free unless told. */
  readonly port?: number;
  /** False: it works at once, as the only one there is. */
  readonly elects?: boolean;
  /** Its compiled program, such as dist/operator/main.js; what it is compiled from unless told. */
  readonly program?: string;
}

/** As the image starts it, in a container of the chart's 1 GiB: of that Node takes half for its heap. */
const MEMORY = ['--max-semi-space-size=8', '--max-old-space-size=512'];

export function startOperatorProcess(options: OperatorProcessOptions): OperatorProcess {
  const { system, environment, directory, namespaces, port = 0, elects = true, program = 'operator/main.ts' } = options;
  const logFile = join(mkdtempSync(join(directory, 'operator-')), 'operator.log');
  const child = spawn(process.execPath, [...MEMORY, program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...environment,
      PATH: process.env['PATH'],
      MALLOC_ARENA_MAX: '2',
      // No node of these tests pulls it.
      ABOHB_IMAGE: 'abohb:test',
      ABOHB_NAMESPACES: namespaces.join(','),
      ABOHB_LEASE_NAMESPACE: system,
      ABOHB_PORT: String(port),
      ABOHB_LEADER_ELECTION: String(elects),
    },
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  return { logFile, pid: child.pid, kill: () => end(child, 'SIGKILL'), stop: () => end(child, 'SIGTERM') };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
