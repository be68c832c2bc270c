/** Time that passes only when nothing is left to do: a whole study runs in milliseconds, the same way each time. */
import type { Clock } from '../../operator/runtime/clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

export class VirtualTime implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Map<number, Timer>();

  constructor(start = Date.parse('2030-01-01T00:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const order = this.#order++;
      const cancel = (): void => {
        this.#timers.delete(order);
        reject(signal?.reason);
      };
      const fire = (): void => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#timers.set(order, { at: this.#now + Math.max(0, ms), order, fire });
    });
  }

  /** Runs until `done` or until `deadline` (milliseconds since the epoch); true when done. */
  async run(done: () => boolean, deadline: number): Promise<boolean> {
    for (;;) {
      await settle();
      if (done()) return true;
      const next = this.#earliest();
      if (next === undefined || next.at > deadline) return false;
      this.#now = next.at;
      for (const timer of this.#due()) {
        this.#timers.delete(timer.order);
        timer.fire();
      }
    }
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers.values()) if (!earliest || timer.at < earliest.at) earliest = timer;
    return earliest;
  }

  #due(): readonly Timer[] {
    return [...this.#timers.values()].filter(({ at }) => at <= this.#now);
  }
}

/** Lets every promise that can settle do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
