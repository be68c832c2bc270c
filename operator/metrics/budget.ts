/** How fast one log may be read: so that a container that floods its own does not take the time of all others. */

/** Bytes that may be read at once, a whole log file as the kubelet keeps them; and how many a second go on. */
const BURST = 12 * 1024 * 1024;
const PER_SECOND = 1024 * 1024;

export class ReadBudget {
  #left = BURST;
  #at: number;

  /** now: milliseconds since the epoch. */
  constructor(now: number) {
    this.#at = now;
  }

  /** Takes bytes from the budget; milliseconds to wait before the next are read. */
  spend(bytes: number, now: number): number {
    const refill = (Math.max(0, now - this.#at) / 1000) * PER_SECOND;
    this.#left = Math.min(BURST, this.#left + refill) - bytes;
    this.#at = now;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / PER_SECOND) * 1000);
  }
}
