/** Tells how many of some runs are done: one line that is drawn again on a terminal, a line now and then elsewhere. */
import type { Io } from '../command.ts';
import { say } from '../command.ts';
import { Screen } from '../progress/screen.ts';
import { duration } from '../progress/words.ts';

const REDRAW_MS = 200;
const SUMMARY_MS = 10_000;

export class Counter {
  readonly #stream: Io['stderr'];
  readonly #screen: Screen | undefined;
  readonly #total: number;
  readonly #startedAt = performance.now();
  #saidAt = performance.now();
  #done = 0;

  constructor(stream: Io['stderr'], total: number) {
    this.#stream = stream;
    this.#total = total;
    this.#screen = stream.isTTY ? new Screen(stream) : undefined;
  }

  /** One more; `text` says which. */
  count(text: string): void {
    this.#done += 1;
    const now = performance.now();
    const isDue = now - this.#saidAt >= (this.#screen ? REDRAW_MS : SUMMARY_MS);
    if (!isDue && this.#done < this.#total) return;
    this.#saidAt = now;
    this.#tell(`[${duration(now - this.#startedAt)}] ${this.#done} of ${this.#total} runs: ${text}${this.#left(now)}`);
  }

  close(): void {
    this.#screen?.close();
  }

  #left(now: number): string {
    const left = ((now - this.#startedAt) / this.#done) * (this.#total - this.#done);
    return left === 0 ? '' : `; about ${duration(left)} left`;
  }

  #tell(line: string): void {
    if (this.#screen) this.#screen.draw([line.slice(0, this.#stream.columns)]);
    else say(this.#stream, line);
  }
}
