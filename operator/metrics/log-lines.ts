/**
 * Bytes of a pod's log → its lines with their times. Most lines of most logs are of no interest: they are told apart by
 * their first bytes and not decoded.
 */
import { Lines } from './lines.ts';

/** One line as the kubelet gives it: a time stamp, a space, and what was printed. */
export class LogLine {
  readonly #bytes: Uint8Array;
  readonly #space: number;

  constructor(bytes: Uint8Array, space: number) {
    this.#bytes = bytes;
    this.#space = space;
  }

  /** As the kubelet wrote it: RFC 3339, to the nanosecond. */
  get stamp(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#space));
  }

  /** Milliseconds since the epoch; NaN when the stamp is none. */
  get at(): number {
    return Date.parse(this.stamp);
  }

  get text(): string {
    return decoder.decode(this.#bytes.subarray(this.#space + 1));
  }

  /** The first this many characters, or fewer; for showing. */
  start(length: number): string {
    const from = this.#space + 1;
    return decoder.decode(this.#bytes.subarray(from, from + 4 * length)).slice(0, length);
  }

  /** Its first character other than a space opens a JSON object. */
  get isJson(): boolean {
    let i = this.#space + 1;
    while (this.#bytes[i] === SPACE || this.#bytes[i] === TAB) i += 1;
    return this.#bytes[i] === BRACE;
  }
}

const decoder = new TextDecoder();
const SPACE = 0x20;
const TAB = 0x09;
const BRACE = 0x7b;
const DASH = 0x2d;
/** A stamp is no longer: 2030-01-01T00:00:00.000000000+00:00. */
const MAX_STAMP = 40;

/** Takes chunks as they come and gives the lines they complete; `end` gives an unfinished last line. */
export class LogLines {
  readonly #lines = new Lines();
  #words: string | undefined;

  /**
   * The kubelet's own words, where they came last: it tells an error in the log's place, as if it were the log, such as
   * "unable to retrieve container logs" while the container runtime is down.
   */
  get words(): string | undefined {
    return this.#words;
  }

  /** How many lines were too long. */
  get dropped(): number {
    return this.#lines.dropped;
  }

  *push(chunk: Uint8Array): Generator<LogLine> {
    yield* this.#printed(this.#lines.push(chunk));
  }

  *end(): Generator<LogLine> {
    yield* this.#printed(this.#lines.end());
  }

  *#printed(all: Iterable<Uint8Array>): Generator<LogLine> {
    for (const bytes of all) {
      const line = logLine(bytes);
      this.#words = line ? undefined : decoder.decode(bytes.subarray(0, MAX_WORDS));
      if (line) yield line;
    }
  }
}

const MAX_WORDS = 200;

/** Undefined for what begins with no time: words of the kubelet's own. */
function logLine(bytes: Uint8Array): LogLine | undefined {
  if (bytes[4] !== DASH || bytes[7] !== DASH) return undefined;
  const space = bytes.subarray(0, MAX_STAMP).indexOf(SPACE);
  if (space === -1 && bytes.length > MAX_STAMP) return undefined;
  return new LogLine(bytes, space === -1 ? bytes.length : space);
}
