/** Wakes one waiter: when it is rung, or when its signal aborts. */
export class Alarm {
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.ring);
  }

  /** Resolves when it is next rung; never at once. */
  rung(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly ring = (): void => {
    this.#wake?.();
    this.#wake = undefined;
  };

  close(): void {
    this.#signal.removeEventListener('abort', this.ring);
  }
}
