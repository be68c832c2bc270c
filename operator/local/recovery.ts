/** What an earlier process left behind: ends processes that outlived it and tells that their pods were disrupted. */
import type { Pod } from '../kube/kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import { runToEnd } from './child.ts';
import { type LaunchOptions, launch } from './launch.ts';
import { containerOf, endedStatus, PROCESS_ANNOTATION, processName, time } from './pods.ts';
import { isAlive, isGroupOf, type ProcessIdentity, signalGroup } from './process.ts';

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly launching: LaunchOptions;
}

/** A killed process is gone within milliseconds, unless it hangs in the kernel: then nothing can be done. */
const LONGEST_DEATH_MS = 5000;
const LOOK_EVERY_MS = 10;

const MESSAGE = 'the run that started it ended before it did';

/** Undefined for a pod whose process was never started. */
export async function recoveredStatus(pod: Pod, options: RecoveryOptions): Promise<Pod['status'] | undefined> {
  const identity = identityOf(pod);
  if (identity === undefined) return undefined;
  await endOrphan(identity, options.clock);
  await removeContainer(pod, options.launching);
  const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt;
  return endedStatus(containerOf(pod), {
    exitCode: 137,
    message: MESSAGE,
    ...(startedAt === undefined ? {} : { startedAt }),
    finishedAt: time(options.clock.now()),
    cause: { type: 'Disrupted', reason: 'RunnerRestarted', message: MESSAGE },
  });
}

export function processAnnotation({ pid, start }: ProcessIdentity): Readonly<Record<string, string>> {
  return { [PROCESS_ANNOTATION]: `${pid} ${start}` };
}

function identityOf({ metadata }: Pod): ProcessIdentity | undefined {
  const [, pid, start] = /^(\d+) (.+)$/.exec(metadata.annotations?.[PROCESS_ANNOTATION] ?? '') ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start };
}

async function endOrphan(identity: ProcessIdentity, clock: Clock): Promise<void> {
  if (!isGroupOf(identity)) return;
  signalGroup(identity.pid, 'SIGKILL');
  for (let waitedMs = 0; isAlive(identity) && waitedMs < LONGEST_DEATH_MS; waitedMs += LOOK_EVERY_MS) {
    await clock.sleep(LOOK_EVERY_MS);
  }
}

async function removeContainer(pod: Pod, launching: LaunchOptions): Promise<void> {
  const container = pod.spec.containers.find(({ name }) => name === containerOf(pod));
  const command = container && launch(container, { name: processName(pod) }, launching);
  if (command && !('refused' in command) && command.cleanup) await runToEnd(command.cleanup);
}
