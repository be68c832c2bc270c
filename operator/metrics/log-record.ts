/**
 * What one pod's log has said so far: bounded, whatever is printed. Reports that are on record elsewhere are forgotten;
 * reading lines twice changes nothing.
 */
import type { Report } from '../api/trial.ts';
import type { LogLine } from './log-lines.ts';
import type { LineReader, Read, Reading, Values } from './reading.ts';
import { WaitingValues } from './waiting-values.ts';

export interface LogState {
  /** Finite reports in the order they were printed, their levels rising; those on record may be left out. */
  readonly reports: readonly Report[];
  /** The first levels reported, whatever has been left out; absent where nothing has. */
  readonly first?: readonly number[];
  /** A report whose value was not finite: the training diverged there. */
  readonly diverged: { readonly resource: number; readonly value: number } | undefined;
  /** Names of other numbers that were reported, when the metric never was. */
  readonly otherNames: readonly string[];
  /** Why the first report that could not be used could not. */
  readonly unusable?: string | undefined;
  /** The last lines. */
  readonly tail: readonly string[];
  /** Lines of which only the end was read, for their length. */
  readonly dropped: number;
  /** The whole log has been read: the container has ended and nothing more will come. */
  readonly complete: boolean;
  /** Set where the log was not read from its beginning. */
  readonly resumed?: Resumed | undefined;
  /** Set where what earlier attempts reported may come again: it is in files that stay. */
  readonly repeats?: boolean;
  /** Set while the log cannot be read: what is here is not all it says. */
  readonly unread?: Unread | undefined;
}

/** Why a log cannot be read. */
export interface Unread {
  /** What went wrong last. */
  readonly why: string;
  /** Milliseconds from the first failure in a row to the last: 0 when it has only broken off and may be open again. */
  readonly failingMs: number;
}

/** Where an earlier reader of the same log had come, as it is on record. */
export interface Resumed {
  /** Time of the last report on record; RFC 3339. */
  readonly at: string;
  /** Its resource level. */
  readonly reached: number;
  /** Units of resource the attempt had trained by then. */
  readonly trained: number;
}

/** Lines kept for the message of a failure. */
const TAIL_LINES = 5;
const TAIL_WIDTH = 200;
/** Other names shown, and about as many remembered: they come from whatever runs in the pod. */
const MAX_NAMES = 20;
/** More than this not yet on record are a flood, not a curve: of those beyond only the last is kept. */
const MAX_REPORTS = 10_000;
/** Enough to tell how many units the first report stands for. */
const FIRST = 3;

interface Printed {
  readonly at: number;
  readonly stamp: string;
}

interface Taken {
  readonly any: boolean;
  readonly news: boolean;
  readonly rest: boolean;
}

export interface LogRecordOptions {
  readonly read: LineReader;
  /** Lines that hold no JSON may be reports too. */
  readonly readsText: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class LogRecord {
  readonly #read: LineReader;
  readonly #readsText: boolean;
  readonly #now: () => number;
  #reports: Report[] = [];
  #first: number[] = [];
  #diverged: LogState['diverged'];
  readonly #otherNames = new Set<string>();
  #unusable: string | undefined;
  readonly #waiting = new WaitingValues();
  /** The level of the report printed last, read before or not; 0 before the first, undefined where that is not known. */
  #current: number | undefined;
  #tail: readonly string[] = [];
  /** Lines for the tail, not yet decoded: few of those that are read stay in it. */
  #recent: LogLine[] = [];
  /** The last line of the streams before this one: what comes again is not shown again. */
  #before: Printed | undefined;
  #last: Printed | undefined;
  dropped = 0;

  constructor({ read, readsText, now }: LogRecordOptions) {
    this.#read = read;
    this.#readsText = readsText;
    this.#now = now;
  }

  /** When the last line was printed, in milliseconds since the epoch; undefined before there is one. */
  get lastAt(): number | undefined {
    return this.#last?.at;
  }

  /** The log is opened, from its beginning or not. What was read before may come again. */
  open(isWhole: boolean): void {
    this.#before = this.#last;
    this.#current = isWhole ? 0 : undefined;
  }

  /**
   * Takes lines as long as it may go on. any: there was one; news: there was a report not seen before; rest: there may be
   * more lines.
   */
  take(lines: Iterator<LogLine>, mayGoOn: () => boolean): Taken {
    let news = false;
    let last: LogLine | undefined;
    let rest = true;
    do {
      const { value: line, done } = lines.next();
      rest = !done;
      if (done) break;
      last = line;
      this.#show(line);
      if (this.#readsText || line.isJson || line.endsAsJson) news = this.#note(this.#read(line.text), line) || news;
    } while (mayGoOn());
    if (last && !Number.isNaN(last.at)) this.#last = { at: last.at, stamp: last.stamp };
    this.#showRecent();
    return { any: last !== undefined, news, rest };
  }

  /** Forgets reports below this level: they are on record. */
  forgetBelow(level: number): void {
    const from = this.#reports.findIndex(({ resource }) => resource >= level);
    const isAll = from === -1;
    const keep = isAll ? this.#reports.length - 1 : from;
    if (keep > 0) this.#reports = this.#reports.slice(keep);
  }

  /** All but what only the follower knows. */
  state(complete: boolean): LogState {
    return {
      reports: this.#reports,
      first: this.#first,
      diverged: this.#diverged,
      otherNames: [...this.#otherNames].slice(0, MAX_NAMES),
      ...(this.#unusable !== undefined && { unusable: this.#unusable }),
      tail: this.#tail,
      dropped: this.dropped,
      complete,
    };
  }

  #show(line: LogLine): void {
    if (this.#before && !isAfter(line, this.#before)) return;
    this.#before = undefined;
    if (line.isOver && !this.#recent.pop()) this.#tail = this.#tail.slice(0, -1);
    this.#recent.push(line);
    if (this.#recent.length > TAIL_LINES) this.#recent.shift();
  }

  #showRecent(): void {
    this.#tail = [...this.#tail, ...this.#recent.map((line) => line.shown(TAIL_WIDTH))].slice(-TAIL_LINES);
    this.#recent = [];
  }

  #note(read: Read, line: LogLine): boolean {
    switch (read.kind) {
      case 'report':
        return this.#report(read.report, line);
      case 'additional':
        this.#nameOthers([...Object.keys(read.values)]);
        return this.#addAdditional(read.resource, read.values);
      case 'other':
        this.#nameOthers(read.names);
        return false;
      case 'unusable':
        this.#unusable ??= read.why;
        return false;
      case 'nothing':
        return false;
    }
  }

  #nameOthers(names: readonly string[]): void {
    for (const name of names) if (this.#otherNames.size < MAX_NAMES) this.#otherNames.add(name);
  }

  #report({ resource, value, additional }: Reading, line: LogLine): boolean {
    if (!Number.isFinite(value)) {
      const isNews = this.#diverged === undefined;
      this.#diverged ??= { resource, value };
      return isNews;
    }
    const last = this.#reports.at(-1);
    this.#current = resource;
    if (last && resource <= last.resource) return this.#addBeside(resource, additional ?? {}, false);
    const at = this.#timeOf(line);
    const beside = { ...this.#waiting.take(resource), ...additional };
    if (this.#reports.length >= MAX_REPORTS) this.#reports.pop();
    if (this.#first.length < FIRST) this.#first = [...this.#first, resource];
    const isAlone = Object.keys(beside).length === 0;
    this.#reports.push({ resource, value, at: new Date(at).toISOString(), ...(!isAlone && { additional: beside }) });
    return true;
  }

  /** The stamp of a line that holds something else before its report may be an hour older: it counts as printed now. */
  #timeOf(line: LogLine): number {
    const isOwn = line.isFirst && (line.isJson || !line.endsAsJson);
    return isOwn && !Number.isNaN(line.at) ? line.at : this.#now();
  }

  /** Values for the report at their level, which may be still to come; without a level for the one just printed. */
  #addAdditional(level: number | undefined, values: Values): boolean {
    const at = level ?? this.#current;
    if (at === undefined) return false;
    const last = this.#reports.at(-1);
    if (last && at <= last.resource) return this.#addBeside(at, values, at === last.resource);
    this.#waiting.add(at, values);
    return false;
  }

  /** True where a report has changed. What it has of these already may be replaced or not. */
  #addBeside(level: number, values: Values, replaces: boolean): boolean {
    const at = this.#reports.findLastIndex(({ resource }) => resource === level);
    const report = this.#reports[at];
    if (!report) return false;
    const before = report.additional ?? {};
    const additional = replaces ? { ...before, ...values } : { ...values, ...before };
    if (Object.entries(additional).every(([name, value]) => before[name] === value)) return false;
    this.#reports[at] = { ...report, additional };
    return true;
  }
}

function isAfter(line: LogLine, { at, stamp }: Printed): boolean {
  return line.at > at || (line.at === at && line.stamp > stamp);
}
