/** Tells how a run goes: a block that is redrawn on a terminal, plain lines elsewhere. */
import type { Io } from '../command.ts';
import { say } from '../command.ts';
import { block } from './block.ts';
import { stamped, summaryLine } from './lines.ts';
import { Screen } from './screen.ts';
import type { View } from './view.ts';
import { bestInWords, configInWords } from './words.ts';

export interface Progress {
  /** Something happened. */
  tell(text: string): void;
  /** Said until the end, such as that the run is being stopped. */
  notice(text: string): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}

export interface ProgressOptions {
  readonly io: Pick<Io, 'stdout' | 'env'>;
  /** Undefined while there is nothing to show. */
  readonly view: () => View | undefined;
}

export function createProgress(options: ProgressOptions): Progress {
  const { stdout, env } = options.io;
  return stdout.isTTY && env['TERM'] !== 'dumb' ? new Live(options) : new Plain(options);
}

const REDRAW_MS = 200;
const SUMMARY_MS = 10_000;
const NEWS_KEPT = 20;

/** As https://no-color.org has it: set and not empty. */
function isColored(env: Io['env']): boolean {
  return (env['NO_COLOR'] ?? '') === '';
}

class Live implements Progress {
  readonly #options: ProgressOptions;
  readonly #screen: Screen;
  readonly #timer: NodeJS.Timeout;
  #news: readonly string[] = [];
  #notice: string | undefined;

  readonly #restore = (): void => this.#screen.close();

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#screen = new Screen(options.io.stdout);
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    // Whatever ends the process, the cursor comes back.
    process.once('exit', this.#restore);
  }

  tell(text: string): void {
    this.#news = [...this.#news, text].slice(-NEWS_KEPT);
  }

  notice(text: string): void {
    this.#notice = text;
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#screen.close();
    process.removeListener('exit', this.#restore);
  }

  #draw(): void {
    const { io, view } = this.#options;
    const shown = view();
    if (!shown) return;
    const { columns: width, rows: height } = io.stdout;
    const color = isColored(io.env);
    this.#screen.draw(block(shown, { width, height, color, news: this.#news, notice: this.#notice }));
  }
}

class Plain implements Progress {
  readonly #options: ProgressOptions;
  readonly #timer: NodeJS.Timeout;
  #summary = '';
  #best: number | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#summarize(), SUMMARY_MS);
    const best = options.view()?.study.status?.best;
    this.#best = best?.value;
  }

  tell(text: string): void {
    const view = this.#options.view();
    this.#say(stamped(view?.elapsedMs ?? 0, text));
    if (view) this.#tellBest(view);
  }

  notice(text: string): void {
    this.#say(text);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tellBest({ study, elapsedMs }: View): void {
    const best = study.status?.best;
    if (!best || best.value === this.#best) return;
    this.#best = best.value;
    this.#say(stamped(elapsedMs, `best so far: ${bestInWords(study.spec, best)}: ${configInWords(best)}`));
  }

  /** Not again when nothing but time has passed. */
  #summarize(): void {
    const view = this.#options.view();
    if (!view) return;
    const line = summaryLine(view);
    const text = summaryLine({ ...view, elapsedMs: 0, leftMs: undefined });
    if (text !== this.#summary) this.#say(line);
    this.#summary = text;
    this.#tellBest(view);
  }

  #say(line: string): void {
    say(this.#options.io.stdout, line);
  }
}
