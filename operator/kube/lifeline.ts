/** What ends a request: its caller, or a time limit that can be moved while it goes on. */
import { KubeError } from './cluster.ts';

export class Lifeline {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #forward = (): void => this.#controller.abort(this.#parent?.reason);
  #timer: NodeJS.Timeout | undefined;

  constructor(parent?: AbortSignal) {
    this.#parent = parent;
    parent?.addEventListener('abort', this.#forward, { once: true });
    if (parent?.aborted) this.#forward();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the request in `ms` from now, with this explanation; replaces an earlier limit. */
  limit(ms: number, explanation: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new KubeError('Network', explanation)), ms);
  }

  /** Lifts the limit. */
  unlimited(): void {
    clearTimeout(this.#timer);
  }

  /** To be called when the request is over, whichever way. */
  close(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener('abort', this.#forward);
  }

  /** The KubeError that explains a failure of the request. */
  explain(error: unknown, asked: string): KubeError {
    if (error instanceof KubeError) return error;
    const { aborted, reason } = this.#controller.signal;
    if (aborted && reason instanceof KubeError) return reason;
    if (aborted) return new KubeError('Network', `${asked}: aborted`, { cause: reason });
    const message = error instanceof Error ? error.message : String(error);
    return new KubeError('Network', `${asked}: ${message}`, { cause: error });
  }
}
