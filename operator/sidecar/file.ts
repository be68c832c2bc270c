/** A file of JSON objects, one per line, or of comma-separated values. */
import { isObject, type JsonObject, parseJson } from '../metrics/json.ts';
import { type Line, Lines } from '../metrics/lines.ts';
import { CsvRows } from './csv.ts';
import { GrowingFile } from './growing-file.ts';
import type { MetricsSource } from './source.ts';

const EVERY_MS = 500;
/** No progress bars are written to files: a carriage return is only part of a line's end there. */
const ENDED = { atReturns: false };

export class FileSource implements MetricsSource {
  readonly everyMs = EVERY_MS;
  readonly #file: GrowingFile;
  readonly #rows: CsvRows | undefined;
  readonly #decoder = new TextDecoder();
  #lines = new Lines(ENDED);

  constructor({ path, format }: { readonly path: string; readonly format: 'JSON' | 'CSV' }) {
    this.#file = new GrowingFile(path);
    this.#rows = format === 'CSV' ? new CsvRows() : undefined;
  }

  async *read(isLast: boolean): AsyncGenerator<JsonObject> {
    for await (const piece of this.#file.read()) {
      if (piece.kind === 'bytes') yield* this.#objects(this.#lines.push(piece.bytes));
      else yield* this.#restart();
    }
    if (isLast) yield* this.#objects(this.#lines.end());
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The file is another one: an unfinished line of the former was its last. Of a CSV row it may be half. */
  *#restart(): Generator<JsonObject> {
    if (!this.#rows) yield* this.#objects(this.#lines.end());
    this.#lines = new Lines(ENDED);
    this.#rows?.restart();
  }

  *#objects(lines: Iterable<Line>): Generator<JsonObject> {
    for (const { bytes, isCut } of lines) {
      if (isCut) continue;
      const line = this.#decoder.decode(bytes);
      const object = this.#rows ? this.#rows.row(line) : jsonObject(line);
      if (object) yield object;
    }
  }
}

function jsonObject(line: string): JsonObject | undefined {
  if (!line.trimStart().startsWith('{')) return undefined;
  const value = parseJson(line);
  return isObject(value) ? value : undefined;
}
