/** Bytes of a pod's log → its lines with their times, whatever the size of a line. */

export interface LogLine {
  /** Milliseconds since the epoch, as the kubelet stamped it. */
  readonly at: number;
  readonly text: string;
}

/** Longer lines cannot be reports: they are dropped, at no cost in memory. */
export const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/** Takes chunks as they come and gives the lines they complete; `end` gives an unfinished last line. */
export class LogLines {
  readonly #decoder = new TextDecoder();
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** How many lines were too long. */
  dropped = 0;

  *push(chunk: Uint8Array): Generator<LogLine> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      yield* this.end();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  *end(): Generator<LogLine> {
    const tooLong = this.#bytes > MAX_LINE_BYTES;
    if (tooLong) this.dropped += 1;
    const line =
      tooLong || this.#bytes === 0 ? undefined : parseLine(this.#decoder.decode(Buffer.concat(this.#pieces)));
    this.#pieces = [];
    this.#bytes = 0;
    if (line) yield line;
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > MAX_LINE_BYTES) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece.slice());
  }
}

function parseLine(line: string): LogLine | undefined {
  const space = line.indexOf(' ');
  const at = Date.parse(space === -1 ? line : line.slice(0, space));
  if (Number.isNaN(at)) return undefined;
  return { at, text: space === -1 ? '' : line.slice(space + 1) };
}
