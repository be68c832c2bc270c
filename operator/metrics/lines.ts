/** Bytes that come in chunks → lines, whatever their size: none is kept longer than it may be. */

/** Longer lines cannot be reports: they are dropped, at no cost in memory. */
export const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/** Takes chunks as they come and gives the lines they complete; `end` gives an unfinished last line. */
export class Lines {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** How many lines were too long. */
  dropped = 0;

  /** Lines without their newline; each is only good until the chunk is used for something else. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#completed(chunk.subarray(start, end));
      if (line) yield line;
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  *end(): Generator<Uint8Array> {
    const line = this.#completed(new Uint8Array());
    if (line && line.length > 0) yield line;
  }

  #completed(piece: Uint8Array): Uint8Array | undefined {
    const bytes = this.#bytes + piece.length;
    const line = this.#bytes === 0 ? piece : Buffer.concat([...this.#pieces, piece]);
    this.#pieces = [];
    this.#bytes = 0;
    if (bytes <= MAX_LINE_BYTES) return line;
    this.dropped += 1;
    return undefined;
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > MAX_LINE_BYTES) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece.slice());
  }
}
