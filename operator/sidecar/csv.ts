/** Lines of a CSV file (RFC 4180, without line breaks inside cells) → objects by the names in the first line. */
import type { JsonObject } from '../metrics/json.ts';

/** More columns than this are left out. */
const MAX_COLUMNS = 1000;

export class CsvRows {
  #names: readonly string[] | undefined;

  /** The object a line holds; undefined for the line of names and for empty ones. Empty cells are left out. */
  row(line: string): JsonObject | undefined {
    const text = line.replace(/\r$/, '');
    if (text.trim() === '') return undefined;
    const cells = cellsOf(text);
    if (!this.#names) {
      this.#names = cells.map((cell) => cell.trim());
      return undefined;
    }
    const entries = this.#names.map((name, i) => [name, cells[i]?.trim() ?? ''] as const);
    return Object.fromEntries(entries.filter(([, cell]) => cell !== ''));
  }

  /** The next line holds names again. */
  restart(): void {
    this.#names = undefined;
  }
}

/** A cell, in quotes or not, and what separates it from the next. Matches in linear time. */
const CELL = /(?:"((?:[^"]|"")*)"?|([^,]*))(,|$)/g;

function cellsOf(line: string): readonly string[] {
  const cells: string[] = [];
  for (const [, quoted, plain = '', separator] of line.matchAll(CELL)) {
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (separator === '' || cells.length >= MAX_COLUMNS) break;
  }
  return cells;
}
