/** The sidecar's work: looks at its source again and again, prints what is new, and at the end what is left. */

import type { ReportNames } from '../metrics/reading.ts';
import { Printer } from './printer.ts';
import type { MetricsSource, Notice } from './source.ts';

export interface CollectOptions {
  readonly names: ReportNames;
  readonly source: MetricsSource;
  /** Resolves when more may be printed. */
  readonly print: (line: string) => void | Promise<void>;
  readonly notice: Notice;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** The training code has ended. */
  readonly signal: AbortSignal;
}

/** Resolves when all has been printed after the signal. Whatever goes wrong with the source is tried again. */
export async function collect(options: CollectOptions): Promise<void> {
  const { names, source, sleep, signal } = options;
  const lines: string[] = [];
  const printer = new Printer(names, (line) => lines.push(line));
  while (!signal.aborted) {
    await look(options, { printer, lines }, false);
    await sleep(source.everyMs, signal).catch(() => undefined); // Cut short by the end: the last look follows.
  }
  await look(options, { printer, lines }, true);
  await source.close();
}

async function look(
  { source, print, notice }: CollectOptions,
  { printer, lines }: { readonly printer: Printer; readonly lines: string[] },
  isLast: boolean,
): Promise<void> {
  try {
    for await (const object of source.read(isLast)) {
      printer.take(object);
      for (const line of lines.splice(0)) await print(line);
    }
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error));
  }
  printer.flush();
  for (const line of lines.splice(0)) await print(line);
}
