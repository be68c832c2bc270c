/** Runs spread over threads. */
import { Worker } from 'node:worker_threads';
import type { Misfortunes } from '../../src/simulate/misfortune.ts';
import type { Method } from './methods.ts';
import type { Run } from './runs.ts';
import type { Traced } from './trace.ts';

export interface Job {
  readonly tablePath: string;
  readonly method: Method;
  readonly seed: number;
  readonly workers: number;
  readonly horizon: number;
  readonly misfortunes: Misfortunes;
  /** Whether its trials are wanted, too. */
  readonly isTraced: boolean;
}

export interface Performed {
  readonly run: Run;
  /** Empty unless they are wanted. */
  readonly trials: readonly Traced[];
}

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Resolves when all are done; rejects with the first error, and then starts no more. */
export async function performAll(
  jobs: readonly Job[],
  threads: number,
  onRun: (performed: Performed) => void,
): Promise<void> {
  const queue = jobs.values();
  const count = Math.min(threads, jobs.length);
  const workers = Array.from({ length: count }, () => new Worker(new URL(`./worker.${EXTENSION}`, import.meta.url)));
  try {
    await Promise.all(workers.map((worker) => serve(worker, queue, onRun)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function serve(worker: Worker, queue: Iterator<Job>, onRun: (performed: Performed) => void): Promise<void> {
  for (let next = queue.next(); !next.done; next = queue.next()) onRun(await perform(worker, next.value));
}

function perform(worker: Worker, job: Job): Promise<Performed> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: Performed | { readonly error: unknown }): void => {
      worker.off('error', reject);
      if ('run' in answer) resolve(answer);
      else reject(answer.error);
    };
    worker.once('error', reject);
    worker.once('message', onMessage);
    worker.postMessage(job);
  });
}
