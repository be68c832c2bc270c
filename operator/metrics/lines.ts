/** Bytes that come in chunks → lines, whatever their size: of one that is too long only its beginning and its end are kept. */

/** Longer lines are cut: no report is so long, and what is left out costs no memory. */
export const MAX_LINE_BYTES = 64 * 1024;
/** So much of the beginning and of the end of a longer one is kept. */
const HEAD_BYTES = 64;
const END_BYTES = 4096;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Without what ended it. Only good until the chunk is used for something else. */
export interface Line {
  readonly bytes: Uint8Array;
  /** Only its end is there; `head` has its beginning. */
  readonly isCut: boolean;
  readonly head: Uint8Array;
  /** It begins after a carriage return: on a terminal it is written over what the line held before. */
  readonly isOver: boolean;
}

/** Takes chunks as they come and gives the lines they complete; `end` gives an unfinished last line. */
export class Lines {
  /** Carriage returns end a line, too. */
  readonly #atReturns: boolean;
  #pieces: Uint8Array[] = [];
  /** Bytes in the pieces. */
  #kept = 0;
  /** Of a line that is too long. */
  #head: Uint8Array | undefined;
  #isOver = false;
  /** How many lines were too long. */
  cut = 0;

  constructor({ atReturns }: { readonly atReturns: boolean }) {
    this.#atReturns = atReturns;
  }

  *push(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    let newline = indexOf(chunk, NEWLINE, 0);
    let back = this.#atReturns ? indexOf(chunk, RETURN, 0) : chunk.length;
    while (newline < chunk.length || back < chunk.length) {
      const end = Math.min(newline, back);
      const isAfterReturn = end === start && this.#kept === 0 && this.#isOver;
      // Of returns in a row one counts.
      if (end === newline || !isAfterReturn) yield this.#completed(chunk.subarray(start, end));
      this.#isOver = end === back;
      start = end + 1;
      if (end === newline) newline = indexOf(chunk, NEWLINE, start);
      else back = indexOf(chunk, RETURN, start);
    }
    this.#keep(chunk.subarray(start));
  }

  *end(): Generator<Line> {
    if (this.#kept > 0) yield this.#completed(new Uint8Array());
  }

  #completed(piece: Uint8Array): Line {
    const all = this.#kept === 0 ? piece : Buffer.concat([...this.#pieces, piece]);
    const head = this.#head ?? (all.length > MAX_LINE_BYTES ? all.subarray(0, HEAD_BYTES) : undefined);
    this.#pieces = [];
    this.#kept = 0;
    this.#head = undefined;
    const isOver = this.#isOver;
    if (!head) return { bytes: all, isCut: false, head: all, isOver };
    this.cut += 1;
    return { bytes: all.subarray(-END_BYTES), isCut: true, head, isOver };
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const needed = this.#head ? piece.subarray(-END_BYTES) : piece;
    this.#pieces.push(copied(needed));
    this.#kept += needed.length;
    if (this.#kept <= MAX_LINE_BYTES) return;
    const all = Buffer.concat(this.#pieces);
    this.#head ??= copied(all.subarray(0, HEAD_BYTES));
    this.#pieces = [copied(all.subarray(-END_BYTES))];
    this.#kept = END_BYTES;
  }
}

/** Of a Buffer, `slice` is no copy. */
export function copied(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** The length of the chunk where it is not there. */
function indexOf(chunk: Uint8Array, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at === -1 ? chunk.length : at;
}
