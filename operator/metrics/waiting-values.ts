/** Additional metrics that came before the report they belong to. */
import type { Values } from './reading.ts';

/** Levels that wait at once: event files are read one after the other, each with all its levels. */
const MAX_LEVELS = 500;

export class WaitingValues {
  /** By level, in the order they came; those of level 0 name none and came before any report. */
  readonly #byLevel = new Map<number, Values>();

  add(level: number, values: Values): void {
    this.#byLevel.set(level, { ...this.#byLevel.get(level), ...values });
    const [oldest] = this.#byLevel.size > MAX_LEVELS ? this.#byLevel.keys() : [];
    if (oldest !== undefined) this.#byLevel.delete(oldest);
  }

  /** Those of the report at a level; those of levels below will not be asked for any more. */
  take(level: number): Values {
    const values = { ...this.#byLevel.get(0), ...this.#byLevel.get(level) };
    for (const waiting of this.#byLevel.keys()) if (waiting <= level) this.#byLevel.delete(waiting);
    return values;
  }
}
