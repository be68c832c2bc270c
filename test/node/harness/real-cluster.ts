/**
 * A whole cluster on this machine: the control plane of the tests with one real node. One at a time on a machine, as a
 * node has its network, its control groups and some kernel settings to itself; what it changes is put back when it ends,
 * however it ends.
 */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Available, controlPlaneBinaries } from '../../cluster/harness/binary.ts';
import { cacheDirectory, exclusively } from '../../cluster/harness/cache.ts';
import { type ControlPlane, launch } from '../../cluster/harness/control-plane.ts';
import { built } from '../../cluster/harness/own-programs.ts';
import { processesIn } from '../../cluster/harness/processes.ts';
import { prepare } from '../../cluster/harness/setup.ts';
import { gate } from '../../cluster/harness/wait.ts';
import { prepareMachine, whyNoNode } from './machine.ts';
import { type RealNode, raiseBridge, startNode } from './node.ts';
import { runNow } from './run.ts';
import { BRIDGE, type NodeOptions, SITE } from './settings.ts';

const TEARDOWN = join(import.meta.dirname, 'teardown.sh');

export interface RealCluster {
  readonly plane: ControlPlane;
  readonly node: RealNode;
  /** Where its programs work. */
  readonly directory: string;
  stop(): Promise<void>;
}

export type Progress = (line: string) => void;

/** Waits for another one on this machine to end. Throws where none can be had. */
export async function startRealCluster(options: NodeOptions, progress: Progress): Promise<RealCluster> {
  const reason = whyNoNode();
  if (reason !== undefined) throw new Error(reason);
  await prepareMachine(progress);
  const [binaries, program] = await Promise.all([controlPlaneBinaries(progress), built('node', progress)]);
  if (binaries.kind === 'unavailable') throw new Error(`no control plane: ${binaries.reason}`);
  if (typeof program !== 'string') throw new Error(`no node: ${program.reason}`);
  const machine = await lockMachine(progress);
  try {
    const cluster = await start(options, binaries, program);
    const stop = async (): Promise<void> => {
      await cluster.plane.stop();
      machine.release();
    };
    return { ...cluster, stop };
  } catch (error) {
    machine.release();
    throw error;
  }
}

async function start(options: NodeOptions, binaries: Available, program: string): Promise<Omit<RealCluster, 'stop'>> {
  if (isUp(BRIDGE)) runNow('sh', TEARDOWN, join(tmpdir(), 'abohb-none')); // nobody holds the lock: it was left behind
  if (runNow('iptables-save').includes('KUBE-')) throw new Error('this machine is a node of another Kubernetes');
  raiseBridge();
  const setup = await prepare(SITE);
  // Its own copy: what was brought up must come down when the checkout it came from is gone.
  const teardown = join(setup.directory, 'teardown.sh');
  copyFileSync(TEARDOWN, teardown);
  const processes = processesIn(setup.directory, teardown);
  const plane = await launch(setup, binaries, processes);
  try {
    const node = await startNode({ setup, processes, admin: plane.admin, program, options });
    return { plane, node, directory: setup.directory };
  } catch (error) {
    const tails = plane.logTails();
    await plane.stop();
    throw new Error(`the node did not start\n${tails}`, { cause: error });
  }
}

function isUp(link: string): boolean {
  return existsSync(`/sys/class/net/${link}`);
}

const LOCK = 'real-node';

/** The process that has a real cluster on this machine, as far as this user's cache knows. */
export function whoHasTheMachine(): number | undefined {
  const lock = join(cacheDirectory(), `${LOCK}.lock`);
  if (!existsSync(lock)) return undefined;
  return Number(readFileSync(lock, 'utf8'));
}

async function lockMachine(progress: Progress): Promise<{ release(): void }> {
  const [held, over] = [gate(), gate()];
  const path = join(cacheDirectory(), LOCK);
  const done = exclusively(path, progress, async () => {
    held.open();
    await over.opened;
  });
  await Promise.race([held.opened, done]);
  return { release: () => over.open() };
}
