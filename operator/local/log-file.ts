/** The log of one container: both its streams, line by line, each line behind the time it was written. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Alarm } from './alarm.ts';
import { isSystemError } from './process.ts';

/** A line longer than this is split, so that one that never ends does not fill the memory. */
const LONGEST_LINE_BYTES = 1 << 20;
const READ_BYTES = 1 << 16;
const NEWLINE = 0x0a;

export class LogFile {
  readonly #path: string;
  readonly #now: () => number;
  readonly #fd: number;
  readonly #alarms = new Set<Alarm>();
  readonly #lines: LineBuffer[] = [];
  #size = 0;
  #closed = false;
  /** Why the log is incomplete; undefined while it is not. */
  failure: Error | undefined;

  /** Creates the file and its directory; what was there before is gone. now: milliseconds since the epoch. */
  constructor(path: string, now: () => number) {
    mkdirSync(dirname(path), { recursive: true });
    this.#path = path;
    this.#now = now;
    this.#fd = openSync(path, 'w', 0o600);
  }

  /** A writer for one stream of bytes: lines of several streams do not mix. */
  stream(): (chunk: Uint8Array) => void {
    const buffer = new LineBuffer();
    this.#lines.push(buffer);
    return (chunk) => this.#write(buffer.take(chunk));
  }

  /** All has been written. */
  close(): void {
    for (const buffer of this.#lines) this.#write(buffer.rest());
    this.#closed = true;
    closeSync(this.#fd);
    this.#wake();
  }

  /** All of the log from its beginning, as it grows, until it is closed or the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const alarm = new Alarm(signal);
    this.#alarms.add(alarm);
    const file = await open(this.#path, 'r');
    try {
      let position = 0;
      while (!signal.aborted) {
        if (position < this.#size) {
          const chunk = await readAt(file, position);
          position += chunk.length;
          yield chunk;
        } else if (this.#closed) return;
        else await alarm.rung();
      }
    } finally {
      this.#alarms.delete(alarm);
      alarm.close();
      await file.close();
    }
  }

  #write(lines: readonly Uint8Array[]): void {
    if (lines.length === 0 || this.failure) return;
    const prefix = Buffer.from(`${new Date(this.#now()).toISOString().slice(0, -1)}000000Z `);
    const bytes = Buffer.concat(lines.flatMap((line) => [prefix, line]));
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
      this.#size += bytes.length;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#wake();
  }

  #wake(): void {
    for (const alarm of this.#alarms) alarm.ring();
  }
}

/** A log nobody writes any more; empty where there is none. */
export async function* readLog(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const file = await openIfThere(path);
  try {
    let position = 0;
    while (file && !signal.aborted) {
      const chunk = await readAt(file, position);
      if (chunk.length === 0) return;
      position += chunk.length;
      yield chunk;
    }
  } finally {
    await file?.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function readAt(file: FileHandle, position: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(READ_BYTES);
  const { bytesRead } = await file.read(buffer, 0, READ_BYTES, position);
  return buffer.subarray(0, bytesRead);
}

/** Cuts a stream of bytes into lines, each with its newline. */
class LineBuffer {
  #pending: Uint8Array[] = [];
  #bytes = 0;

  take(chunk: Uint8Array): readonly Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(...this.#line());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    if (this.#bytes > LONGEST_LINE_BYTES) lines.push(...this.#line());
    return lines;
  }

  /** The last line, if it did not end. */
  rest(): readonly Uint8Array[] {
    return this.#bytes > 0 ? this.#line() : [];
  }

  #keep(part: Uint8Array): void {
    if (part.length > 0) this.#pending.push(part);
    this.#bytes += part.length;
  }

  #line(): readonly Uint8Array[] {
    const line = Buffer.concat([...this.#pending, Buffer.of(NEWLINE)]);
    this.#pending = [];
    this.#bytes = 0;
    return [line];
  }
}
