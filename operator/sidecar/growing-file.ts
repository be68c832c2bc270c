/**
 * A file that somebody else writes: gives what is new in it, whether it grows, is truncated and written again, is written
 * over, or is replaced (of one that is renamed, what was written before is still read to its end).
 *
 * One that is written over may be as long as before, or longer: it is told by its beginning, which is read again each time.
 * The beginning is read after what is new, so that what was written over meanwhile is not taken for the rest of a line.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
/** Of the beginning: CSV files have their names there, and JSON files their first reports. */
const HEAD_BYTES = 4096;

export type Piece =
  /** Bytes are only good until the next piece is asked for. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** What follows is another file. */
  | { readonly kind: 'anew' };

interface Opened {
  readonly file: FileHandle;
  readonly ino: number;
  position: number;
  /** What was read first. */
  head: Buffer;
}

export class GrowingFile {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(CHUNK_BYTES);
  readonly #again = Buffer.alloc(HEAD_BYTES);
  #opened: Opened | undefined;
  #hasBegun = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** All that is new; nothing when there is no such file. Throws what the system says; the next call begins anew. */
  async *read(): AsyncGenerator<Piece> {
    try {
      yield* this.#news();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async *#news(): AsyncGenerator<Piece> {
    if (this.#opened) yield* this.#rest(this.#opened);
    const there = await statOf(this.#path);
    if (!there || (this.#opened && !isOther(this.#opened, there))) return;
    if (!there.isFile()) throw new Error(`${this.#path} is no file`);
    await this.close();
    const file = await openFile(this.#path);
    if (!file) return;
    this.#opened = { file, ino: (await file.stat()).ino, position: 0, head: NONE };
    if (this.#hasBegun) yield { kind: 'anew' };
    this.#hasBegun = true;
    yield* this.#rest(this.#opened);
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.file.close();
  }

  async *#rest(opened: Opened): AsyncGenerator<Piece> {
    for (let restarts = 0; restarts < MAX_RESTARTS; ) {
      const { bytesRead } = await opened.file.read(this.#buffer, 0, CHUNK_BYTES, opened.position);
      if (await this.#isWrittenOver(opened)) {
        restarts += 1;
        opened.position = 0;
        opened.head = NONE;
        yield { kind: 'anew' };
      } else if (bytesRead === 0) {
        return;
      } else {
        const bytes = this.#buffer.subarray(0, bytesRead);
        opened.head = Buffer.concat([opened.head, bytes.subarray(0, HEAD_BYTES - opened.head.length)]);
        opened.position += bytesRead;
        yield { kind: 'bytes', bytes };
      }
    }
  }

  async #isWrittenOver({ file, head }: Opened): Promise<boolean> {
    const { bytesRead } = await file.read(this.#again, 0, head.length, 0);
    return !head.equals(this.#again.subarray(0, bytesRead));
  }
}

const NONE = Buffer.alloc(0);
/** At one look: a file that is written over faster than it is read is for the next. */
const MAX_RESTARTS = 3;

function isOther({ ino, position }: Opened, there: Stats): boolean {
  return there.ino !== ino || there.size < position;
}

/** Not waiting for a writer where the path is a pipe. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  return ifThere(open(path, constants.O_RDONLY | constants.O_NONBLOCK));
}

function statOf(path: string): Promise<Stats | undefined> {
  return ifThere(stat(path));
}

const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (MISSING.has(code)) return undefined;
    throw error;
  }
}
