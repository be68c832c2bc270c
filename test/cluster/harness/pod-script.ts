/** What a test says a pod does: the part of its main container. */
import { once } from 'node:events';
import { STUDY_LABEL } from '../../../operator/api/common.ts';
import type { Pod } from '../../../operator/kube/kinds.ts';
import type { ContainerLog } from './container-log.ts';

/** The main container's view while it runs. */
export interface PodRun {
  readonly pod: Pod;
  /** One line, or several, on standard output. */
  print(text: string): void;
  /** The log of one of its containers, sidecars included. */
  log(container: string): ContainerLog;
  /** Waits in the kubelet's time (see `timeScale`); rejects when the pod is told to end. */
  sleep(ms: number): Promise<void>;
  /** Aborts when the pod is told to end: the container's SIGTERM. It may go on until its grace period is over. */
  readonly signal: AbortSignal;
}

/** An exit code, with the container's reason where it is not Completed (0) or Error. */
export type Exit = number | { readonly code: number; readonly reason: string };

export type PodScript =
  | {
      readonly kind: 'run';
      /** Absent: the first. All others end well when this one ends. */
      readonly container?: string;
      /** How long it is Pending, in the kubelet's time. */
      readonly startAfterMs?: number;
      /** A rejection before the end of the grace period is an exit by SIGTERM, any other an exit with code 1. */
      readonly main: (run: PodRun) => Promise<Exit>;
    }
  /** Never starts, for this reason. */
  | { readonly kind: 'wait'; readonly reason: string; readonly message: string };

/** Runs `main`. */
export function running(main: (run: PodRun) => Promise<Exit>): PodScript {
  return { kind: 'run', main };
}

/** Prints the lines and exits. */
export function printing(lines: readonly string[], exit: Exit = 0): PodScript {
  return running(async ({ print }) => {
    for (const line of lines) print(line);
    return exit;
  });
}

/** Prints the lines and then runs until it is told to end. */
export function lasting(...lines: string[]): PodScript {
  return running(async ({ print, signal }) => {
    for (const line of lines) print(line);
    await aborted(signal);
    throw signal.reason;
  });
}

/** Resolves when the signal aborts, at once when it has. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** Never gets its image. */
export const withoutImage: PodScript = {
  kind: 'wait',
  reason: 'ImagePullBackOff',
  message: 'Back-off pulling image: not found',
};

/** Name of the Study the pod belongs to. */
export function studyOf({ metadata }: Pod): string {
  return metadata.labels?.[STUDY_LABEL] ?? '';
}

/** The value of an environment variable of the pod's container; undefined when it has none. */
export function envOf(pod: Pod, name: string, container?: string): string | undefined {
  return containerOf(pod, container)?.env?.find((variable) => variable.name === name)?.value;
}

/** The value of `--name=value` or `--name value` in its command or arguments. */
export function flagOf(pod: Pod, name: string, container?: string): string | undefined {
  const { command = [], args = [] } = containerOf(pod, container) ?? {};
  const words = [...command, ...args];
  const joined = words.find((word) => word.startsWith(`--${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 3);
  const at = words.indexOf(`--${name}`);
  return at < 0 ? undefined : words[at + 1];
}

function containerOf(pod: Pod, name: string | undefined): Pod['spec']['containers'][number] | undefined {
  return name === undefined ? pod.spec.containers[0] : pod.spec.containers.find((container) => container.name === name);
}
