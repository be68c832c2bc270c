/** Holds the cluster of `make demo-cluster` until it is told to end (SIGTERM), in the background. */
import { startRealCluster } from '../harness/real-cluster.ts';
import { removeState, writeState } from './state.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const stopping = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
});

const cluster = await startRealCluster({}, say).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
writeState({ pid: process.pid, kubeconfig: cluster.plane.kubeconfig, directory: cluster.directory });
// A promise keeps no process alive.
const awake = setInterval(() => undefined, 60_000);
await stopping;
clearInterval(awake);
await cluster.stop();
removeState();
// A socket that is still open here and there would hold this process for half a minute.
process.exit();
