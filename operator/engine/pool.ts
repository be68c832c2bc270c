/**
 * Worker threads that make suggestions, so that no fit of a model holds up the event loop: not another study's
 * decisions, not the lease, not the probes. A question that takes too long costs its thread.
 */
import { Worker } from 'node:worker_threads';
import type { Input, Opening } from '../../src/decide.ts';
import type { Suggest, Suggested } from './suggester.ts';

export interface Question {
  readonly input: Input;
  readonly openings: readonly Opening[];
}

export type Answer = { readonly suggestions: readonly Suggested[] } | { readonly error: string };

export interface PoolOptions {
  /** Threads, started when first needed. */
  readonly threads: number;
  /** A question takes at most so long. */
  readonly deadlineMs: number;
}

export class SuggestionError extends Error {
  override readonly name = 'SuggestionError';
  /** Late: the deadline passed. Crashed: the thread died. Failed: the engine threw. */
  readonly code: 'SuggestionLate' | 'SuggestionCrashed' | 'SuggestionFailed';

  constructor(code: SuggestionError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface Waiting {
  readonly question: Question;
  readonly resolve: (suggestions: readonly Suggested[]) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** What it is thinking about. */
  current: { readonly waiting: Waiting; readonly timer: NodeJS.Timeout } | undefined;
}

export class Pool {
  readonly #options: PoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  readonly suggest: Suggest = (input, openings) =>
    new Promise((resolve, reject) => {
      this.#waiting.push({ question: { input, openings }, resolve, reject });
      this.#next();
    });

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #next(): void {
    if (this.#closed || this.#waiting.length === 0) return;
    const thread = this.#idle() ?? this.#hire();
    const waiting = thread && this.#waiting.shift();
    if (thread && waiting) this.#ask(thread, waiting);
  }

  #idle(): Thread | undefined {
    for (const thread of this.#threads) if (!thread.current) return thread;
    return undefined;
  }

  #hire(): Thread | undefined {
    if (this.#threads.size >= this.#options.threads) return undefined;
    const worker = new Worker(new URL(WORKER_FILE, import.meta.url), { resourceLimits: YOUNG });
    const thread: Thread = { worker, current: undefined };
    worker.on('message', (answer: Answer) => this.#answered(thread, answer));
    worker.on('error', (error) => this.#lost(thread, new SuggestionError('SuggestionCrashed', String(error))));
    worker.on('exit', (code) =>
      this.#lost(thread, new SuggestionError('SuggestionCrashed', `the thread ended with code ${code}`)),
    );
    // An idle thread does not keep the process alive.
    worker.unref();
    this.#threads.add(thread);
    return thread;
  }

  #ask(thread: Thread, waiting: Waiting): void {
    const { deadlineMs } = this.#options;
    const late = new SuggestionError('SuggestionLate', `no suggestion within ${deadlineMs} ms`);
    const timer = setTimeout(() => {
      this.#lost(thread, late);
      void thread.worker.terminate();
    }, deadlineMs);
    thread.current = { waiting, timer };
    thread.worker.ref();
    thread.worker.postMessage(waiting.question);
  }

  #answered(thread: Thread, answer: Answer): void {
    const waiting = this.#free(thread);
    thread.worker.unref();
    if ('error' in answer) waiting?.reject(new SuggestionError('SuggestionFailed', answer.error));
    else waiting?.resolve(answer.suggestions);
    this.#next();
  }

  #lost(thread: Thread, error: SuggestionError): void {
    this.#threads.delete(thread);
    this.#free(thread)?.reject(error);
    this.#next();
  }

  #free(thread: Thread): Waiting | undefined {
    const { current } = thread;
    thread.current = undefined;
    clearTimeout(current?.timer);
    return current?.waiting;
  }
}

/** Beside this file, as source or as compiled. */
/** Garbage is collected more often: otherwise threads that only wait keep a hundred megabytes of it. */
const YOUNG = { maxYoungGenerationSizeMb: 16 };

const WORKER_FILE = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
