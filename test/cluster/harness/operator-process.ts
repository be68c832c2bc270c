/** The operator as users run it: a process of its own, with the token of the service account the chart gives it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { tailsIn } from './processes.ts';
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
  /** Ends it without a warning, as the kernel would. Throws when it had ended before by itself. */
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
  /** Another is started whenever one ends by itself, as a kubelet does: who has lost the lease ends. */
  readonly isRestarted?: boolean;
  /** Its compiled program, such as dist/operator/main.js; what it is compiled from unless told. */
  readonly program?: string;
}

/** As the image starts it, in a container of the chart's 1 GiB: of that Node takes half for its heap. */
const MEMORY = ['--max-semi-space-size=8', '--max-old-space-size=512'];

export function startOperatorProcess(options: OperatorProcessOptions): OperatorProcess {
  const logFile = join(mkdtempSync(join(options.directory, 'operator-')), 'operator.log');
  const log = createWriteStream(logFile);
  let isWanted = true;
  const start = (): ChildProcess => {
    const process = launch(options);
    process.stdout?.pipe(log, { end: false });
    process.stderr?.pipe(log, { end: false });
    process.once('close', () => {
      if (options.isRestarted && isWanted) child = start();
      else log.end();
    });
    return process;
  };
  let child = start();
  const end = async (signal: NodeJS.Signals): Promise<boolean> => {
    isWanted = false;
    if (hasEnded(child)) return false;
    child.kill(signal);
    await once(child, 'exit');
    return true;
  };
  return {
    logFile,
    get pid() {
      return child.pid;
    },
    kill: async () => {
      if (!(await end('SIGKILL'))) throw new Error(`the operator had ended by itself\n${tailsIn(dirname(logFile))}`);
    },
    stop: async () => void (await end('SIGTERM')),
  };
}

function launch(options: OperatorProcessOptions): ChildProcess {
  const { system, environment, directory, namespaces, port = 0, elects = true, program = 'operator/main.ts' } = options;
  return spawn(process.execPath, [...MEMORY, program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...environment,
      PATH: process.env['PATH'],
      MALLOC_ARENA_MAX: '2',
      // Of the first that ends of itself. Tests start dozens, which then take half the time until they work.
      NODE_COMPILE_CACHE: join(directory, 'compiled'),
      // No node of these tests pulls it.
      ABOHB_IMAGE: 'abohb:test',
      ABOHB_NAMESPACES: namespaces.join(','),
      ABOHB_LEASE_NAMESPACE: system,
      ABOHB_PORT: String(port),
      ABOHB_LEADER_ELECTION: String(elects),
    },
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
