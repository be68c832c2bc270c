/** Runs spread over threads. */
import { Worker } from 'node:worker_threads';
import type { Misfortunes } from '../../src/simulate/misfortune.ts';
import type { Method } from './methods.ts';
import type { Run } from './runs.ts';

export interface Job {
  readonly tablePath: string;
  readonly method: Method;
  readonly seed: number;
  readonly workers: number;
  readonly horizon: number;
  readonly misfortunes: Misfortunes;
}

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Resolves when all are done; rejects with the first error, and then starts no more. */
export async function performAll(jobs: readonly Job[], threads: number, onRun: (run: Run) => void): Promise<void> {
  const queue = jobs.values();
  const count = Math.min(threads, jobs.length);
  const workers = Array.from({ length: count }, () => new Worker(new URL(`./worker.${EXTENSION}`, import.meta.url)));
  try {
    await Promise.all(workers.map((worker) => serve(worker, queue, onRun)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function serve(worker: Worker, queue: Iterator<Job>, onRun: (run: Run) => void): Promise<void> {
  for (let next = queue.next(); !next.done; next = queue.next()) onRun(await perform(worker, next.value));
}

function perform(worker: Worker, job: Job): Promise<Run> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: { readonly run: Run } | { readonly error: unknown }): void => {
      worker.off('error', reject);
      if ('run' in answer) resolve(answer.run);
      else reject(answer.error);
    };
    worker.once('error', reject);
    worker.once('message', onMessage);
    worker.postMessage(job);
  });
}
