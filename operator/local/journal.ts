/**
 * The store's durable state: a file of JSON lines, one per write, each with the object as it is afterwards. Rewritten
 * with what is still there when it has grown. A line is handed to the system before the write counts, so a killed
 * process loses nothing; only what a power failure takes from the system's own memory can be lost, from the end.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { KubeError, type KubeObject } from '../kube/cluster.ts';
import { type Fields, isTree } from './fields.ts';
import { lock } from './lock.ts';
import type { Journal, Write } from './objects.ts';

/** Smaller files are not worth a rewrite. */
const COMPACT_BYTES = 4 << 20;

const HEADER = 'abohb-journal-1';

/** The file does not hold what a journal holds. */
export class DamagedJournal extends Error {
  override readonly name = 'DamagedJournal';
  readonly code = 'DAMAGED_JOURNAL';

  constructor(path: string, line: number) {
    super(`${path}:${line} is not a journal entry: restore the file, or remove it to start anew`);
  }
}

/**
 * Opens the journal in the directory, creating both where missing, and keeps other processes out until it is closed.
 * Throws DirectoryInUse or DamagedJournal. compactBytes: the size from which a file is rewritten.
 */
export async function openJournal(dir: string, { compactBytes = COMPACT_BYTES } = {}): Promise<Journal> {
  const held = lock(dir);
  try {
    return new FileJournal(dir, compactBytes, () => held.release());
  } catch (error) {
    held.release();
    throw error;
  }
}

class FileJournal implements Journal {
  readonly #dir: string;
  readonly #path: string;
  readonly #compactBytes: number;
  readonly #release: () => void;
  readonly #writes = new Map<string, Write>();
  #version = 0;
  #fd: number;
  #size: number;
  #compactAt: number;

  constructor(dir: string, compactBytes: number, release: () => void) {
    this.#dir = dir;
    this.#path = join(dir, 'journal.jsonl');
    this.#compactBytes = compactBytes;
    this.#release = release;
    this.#size = existsSync(this.#path) ? this.#read() : 0;
    this.#fd = openSync(this.#path, 'a', 0o600);
    this.#compactAt = compactBytes;
    if (this.#size === 0) this.#size = appendText(this.#fd, 0, headerLine(0));
  }

  load(): { readonly version: number; readonly writes: readonly Write[] } {
    return { version: this.#version, writes: [...this.#writes.values()] };
  }

  append(write: Write): void {
    try {
      if (this.#size > this.#compactAt) this.#compact();
      this.#size = appendText(this.#fd, this.#size, lineOf(write));
    } catch (cause) {
      throw new KubeError('ServerError', `${this.#path} cannot be written: ${messageOf(cause)}`, { cause });
    }
    this.#take(write);
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#release();
  }

  #take(write: Write): void {
    const id = `${write.kind} ${write.key}`;
    this.#version = Math.max(this.#version, write.version);
    if (write.entry) this.#writes.set(id, write);
    else this.#writes.delete(id);
  }

  /** Takes in the file's lines; cuts off a last one that was not written to its end. Returns the size in bytes. */
  #read(): number {
    const bytes = readFileSync(this.#path);
    let [start, line] = [0, 1];
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (!this.#takeLine(bytes.toString('utf8', start, end))) {
        if (end + 1 < bytes.length) throw new DamagedJournal(this.#path, line);
        break;
      }
      start = end + 1;
      line += 1;
    }
    if (start < bytes.length) truncateSync(this.#path, start);
    return start;
  }

  /** False when it is no line of a journal. */
  #takeLine(text: string): boolean {
    const line = parsed(text);
    if (line === undefined) return false;
    if (isWrite(line)) this.#take(writeOf(line));
    else this.#version = Math.max(this.#version, line.version);
    return true;
  }

  /** Writes what is there beside the file and puts it in its place: at every moment one of them is whole. */
  #compact(): void {
    const draft = `${this.#path}.tmp`;
    rmSync(draft, { force: true });
    const fd = openSync(draft, 'a', 0o600);
    try {
      let size = appendText(fd, 0, headerLine(this.#version));
      for (const write of this.#writes.values()) size = appendText(fd, size, lineOf(write));
      fsyncSync(fd);
      renameSync(draft, this.#path);
      syncDirectory(this.#dir);
      this.#compactAt = Math.max(this.#compactBytes, 2 * size);
      this.#size = size;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(this.#fd);
    this.#fd = fd;
  }
}

const NEWLINE = 0x0a;

interface HeaderLine {
  readonly format: typeof HEADER;
  readonly version: number;
}

interface WriteLine {
  readonly version: number;
  readonly kind: string;
  readonly key: string;
  readonly object?: KubeObject;
  readonly owned?: Readonly<Record<string, Fields>>;
}

function headerLine(version: number): string {
  return `${JSON.stringify({ format: HEADER, version } satisfies HeaderLine)}\n`;
}

function lineOf({ version, kind, key, entry }: Write): string {
  return `${JSON.stringify({ version, kind, key, ...entry } satisfies WriteLine)}\n`;
}

function writeOf({ version, kind, key, object, owned = {} }: WriteLine): Write {
  return { version, kind, key, entry: object && { object, owned } };
}

function parsed(text: string): HeaderLine | WriteLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isHeader(line) || isWrite(line) ? line : undefined;
}

function isHeader(line: unknown): line is HeaderLine {
  return isTree(line) && line['format'] === HEADER && typeof line['version'] === 'number';
}

function isWrite(line: unknown): line is WriteLine {
  return (
    isTree(line) &&
    typeof line['version'] === 'number' &&
    typeof line['kind'] === 'string' &&
    typeof line['key'] === 'string' &&
    isTree(line['object']) === isTree(line['owned'])
  );
}

/** Appends all of it or nothing. Returns the new size in bytes. */
function appendText(fd: number, size: number, text: string): number {
  const bytes = Buffer.from(text);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    return size + bytes.length;
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
}

/** Makes the renaming itself durable. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
