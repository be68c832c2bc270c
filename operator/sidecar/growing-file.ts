/**
 * A file that somebody else writes: gives what is new in it, whether it grows, is truncated and written again, or is
 * replaced (of one that is renamed, what was written before is still read to its end).
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;

export type Piece =
  /** Bytes are only good until the next piece is asked for. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** What follows is another file. */
  | { readonly kind: 'anew' };

interface Opened {
  readonly file: FileHandle;
  readonly ino: number;
  position: number;
}

export class GrowingFile {
  readonly #path: string;
  readonly #buffer = new Uint8Array(CHUNK_BYTES);
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
    this.#opened = { file, ino: (await file.stat()).ino, position: 0 };
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
    for (;;) {
      const { bytesRead } = await opened.file.read(this.#buffer, 0, CHUNK_BYTES, opened.position);
      if (bytesRead === 0) return;
      opened.position += bytesRead;
      yield { kind: 'bytes', bytes: this.#buffer.subarray(0, bytesRead) };
    }
  }
}

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
