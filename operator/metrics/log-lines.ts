/**
 * Bytes of a pod's log → its lines with their times. Most lines of most logs are of no interest: they are told apart by
 * their first and last bytes and not decoded.
 *
 * A carriage return ends a line as a newline does, so that of progress bars each state is one. The kubelet writes a time
 * only where a line begins: one that holds several has the time of the first, and so has a report that code prints while
 * its other stream is in the middle of a line, since the container runtime puts it there.
 */
import { copied, type Line, Lines } from './lines.ts';

/** What was printed, and the time stamp the kubelet wrote before it. */
export class LogLine {
  readonly #line: Line;
  readonly #stamp: Uint8Array | undefined;
  /** Where its text begins. */
  readonly #from: number;

  /** stamp: what the kubelet wrote where the line begins; undefined where that was not sent. */
  constructor(line: Line, stamp: Uint8Array | undefined) {
    this.#line = line;
    this.#stamp = stamp;
    this.#from = stamp && !line.isOver && !line.isCut ? stamp.length + 1 : 0;
  }

  /** As the kubelet wrote it: RFC 3339, to the nanosecond; empty where there is none. */
  get stamp(): string {
    return decoder.decode(this.#stamp);
  }

  /** Milliseconds since the epoch; NaN when the stamp is none. */
  get at(): number {
    return Date.parse(this.stamp);
  }

  /** It follows a carriage return. */
  get isOver(): boolean {
    return this.#line.isOver;
  }

  /** Of a line that is too long, the end. */
  get text(): string {
    return decoder.decode(this.#line.bytes.subarray(this.#from));
  }

  /** The first this many characters, or fewer; for showing. Of a line that is too long, the last. */
  shown(length: number): string {
    const { bytes, isCut } = this.#line;
    if (isCut) return decoder.decode(bytes.subarray(-4 * length)).slice(-length);
    return decoder.decode(bytes.subarray(this.#from, this.#from + 4 * length)).slice(0, length);
  }

  /** Its first character other than a space opens a JSON object: it was printed when the stamp says. */
  get isJson(): boolean {
    const { bytes } = this.#line;
    let i = this.#from;
    while (bytes[i] === SPACE || bytes[i] === TAB) i += 1;
    return bytes[i] === OPENING;
  }

  /** Its last character other than a space closes one. */
  get endsAsJson(): boolean {
    const { bytes } = this.#line;
    let i = bytes.length - 1;
    while (i >= this.#from && (bytes[i] === SPACE || bytes[i] === TAB)) i -= 1;
    return bytes[i] === CLOSING;
  }

  /** Nothing that was printed before it stands in the same line: its stamp is its own. */
  get isFirst(): boolean {
    return this.#stamp !== undefined && !this.#line.isOver && !this.#line.isCut;
  }
}

const decoder = new TextDecoder();
const SPACE = 0x20;
const TAB = 0x09;
const OPENING = 0x7b;
const CLOSING = 0x7d;
const DASH = 0x2d;
/** A stamp is no longer: 2030-01-01T00:00:00.000000000+00:00. */
const MAX_STAMP = 40;

/** Takes chunks as they come and gives the lines they complete; `end` gives an unfinished last line. */
export class LogLines {
  readonly #lines = new Lines({ atReturns: true });
  #stamp: Uint8Array | undefined;
  /** The last line, where it has none. */
  #unstamped: Line | undefined;

  /**
   * The kubelet's own words, where they came last: it tells an error in the log's place, as if it were the log, such as
   * "unable to retrieve container logs" while the container runtime is down. No stamp has the rest of a line, too, that
   * began before the time from which on the log was asked for; others follow it then.
   */
  get words(): string | undefined {
    return this.#unstamped && decoder.decode(this.#unstamped.bytes.subarray(0, MAX_WORDS));
  }

  /** Of how many lines only the end was read. */
  get cut(): number {
    return this.#lines.cut;
  }

  *push(chunk: Uint8Array): Generator<LogLine> {
    for (const line of this.#lines.push(chunk)) yield* this.#printed(line);
  }

  *end(): Generator<LogLine> {
    for (const line of this.#lines.end()) yield* this.#printed(line);
  }

  *#printed(line: Line): Generator<LogLine> {
    const before = this.#unstamped;
    this.#unstamped = undefined;
    if (before) yield new LogLine(before, undefined);
    if (!line.isOver) this.#stamp = stampOf(line.head);
    // The chunk may be used for something else before another line comes.
    if (!line.isOver && !this.#stamp) this.#unstamped = { ...line, bytes: copied(line.bytes) };
    // What ends with a return and a newline has no line between them.
    else if (!line.isOver || line.bytes.length > 0) yield new LogLine(line, this.#stamp);
  }
}

const MAX_WORDS = 200;

/** Undefined for what begins with no time. */
function stampOf(head: Uint8Array): Uint8Array | undefined {
  if (head[4] !== DASH || head[7] !== DASH) return undefined;
  const space = head.subarray(0, MAX_STAMP).indexOf(SPACE);
  if (space === -1 && head.length > MAX_STAMP) return undefined;
  return copied(space === -1 ? head : head.subarray(0, space));
}
