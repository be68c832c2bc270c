/** A block of lines at the bottom of a terminal that is drawn again and again in its place. */
import { stripVTControlCharacters } from 'node:util';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[2K';
const CLEAR_BELOW = '\u001b[J';

export interface Terminal {
  readonly columns: number;
  write(text: string): unknown;
}

export class Screen {
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const hide = this.#isOpen ? '' : HIDE_CURSOR;
    this.#isOpen = true;
    const body = lines.map((line) => `${CLEAR_LINE}${line}\n`).join('');
    this.#terminal.write(`${hide}${this.#toTop()}${body}${CLEAR_BELOW}`);
    this.#drawn = lines;
  }

  /** Leaves the block where it is and gives the cursor back. May be called twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#drawn = [];
    this.#terminal.write(SHOW_CURSOR);
  }

  /** A terminal made narrower wraps what was drawn: those rows count too. */
  #toTop(): string {
    const width = Math.max(1, this.#terminal.columns);
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleLength(line) / width)), 0);
    return rows === 0 ? '\r' : `\u001b[${rows}A\r`;
  }
}

function visibleLength(line: string): number {
  return [...stripVTControlCharacters(line)].length;
}
