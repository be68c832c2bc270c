/** A source of metrics read as the sidecar reads it, look by look. */
import { onTestFinished } from 'vitest';
import { collect } from '../collect.ts';
import type { SidecarConfig } from '../config.ts';
import { openSource } from '../open.ts';

export interface SidecarRun {
  /** Looks once; the lines printed since the last time. */
  look(): Promise<readonly string[]>;
  /** The training code has ended; the lines printed after that. */
  end(): Promise<readonly string[]>;
  readonly notices: readonly string[];
}

export function sidecar(config: SidecarConfig): SidecarRun {
  const printed: string[] = [];
  const notices: string[] = [];
  const stop = new AbortController();
  const notice = (message: string): unknown => notices.includes(message) || notices.push(message);
  /** Set while it sleeps. */
  let wake: (() => void) | undefined;
  let slept: () => void = () => undefined;
  let asleep = new Promise<void>((resolve) => {
    slept = resolve;
  });
  const sleep = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      slept();
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  const done = collect({
    names: config.names,
    source: openSource(config, notice),
    print: (line) => {
      printed.push(line);
    },
    notice,
    sleep,
    signal: stop.signal,
  });
  onTestFinished(() => {
    stop.abort();
    return done;
  });
  return {
    notices,
    look: async () => {
      await asleep;
      asleep = new Promise((resolve) => {
        slept = resolve;
      });
      wake?.();
      await asleep;
      return printed.splice(0);
    },
    end: async () => {
      stop.abort();
      await done;
      return printed.splice(0);
    },
  };
}
