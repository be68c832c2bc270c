/**
 * Objects of names and values → the lines the operator follows: each level of the resource once, additional metrics when
 * they change, the first report that cannot be used, and the names of everything else, so that a metric under another name
 * can be found.
 */
import type { JsonObject } from '../metrics/json.ts';
import { type Reading, type ReportNames, readObject, type Values } from '../metrics/reading.ts';

/** Names that are no metrics of the Study; shown once each. */
const MAX_OTHERS = 20;
const MAX_NAME = 200;

type Line = Readonly<Record<string, unknown>>;

interface AtLevel {
  readonly resource: number | undefined;
  readonly values: Values;
}

export class Printer {
  readonly #names: ReportNames;
  readonly #print: (line: string) => void;
  #reached = 0;
  #diverged = false;
  /** Additional values as printed last, all of one level; undefined before there is one. */
  #printed: AtLevel = { resource: undefined, values: {} };
  /** Those to be printed, and the level they belong to where they name one. */
  #pending: AtLevel | undefined;
  readonly #others = new Set<string>();
  #hasUnusable = false;

  constructor(names: ReportNames, print: (line: string) => void) {
    this.#names = names;
    this.#print = print;
  }

  take(object: JsonObject): void {
    const read = readObject(object, this.#names);
    if (read.kind === 'report') this.#report(read.report);
    if (read.kind === 'additional') this.#additional(read.resource, read.values);
    if (read.kind === 'other') this.#other(read.names);
    if (read.kind === 'unusable') this.#unusable(object);
  }

  /** A portion has been read: additional values that wait for no report are printed. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return;
    const { resource = this.#printed.resource, values } = pending;
    const before = resource === this.#printed.resource ? this.#printed.values : {};
    if (Object.entries(values).every(([name, value]) => before[name] === value)) return;
    this.#printed = { resource, values: { ...before, ...values } };
    this.#line({ ...(pending.resource !== undefined && { [this.#names.resource]: pending.resource }), ...values });
  }

  #report({ resource, value, additional }: Reading): void {
    const isValue = Number.isFinite(value);
    if (resource <= this.#reached || (!isValue && this.#diverged)) {
      if (additional) this.#additional(resource, additional);
      return;
    }
    // What names no level belongs to the report before, if there is one.
    const isOfThis = this.#pending?.resource === resource || (this.#pending?.resource ?? this.#reached) === 0;
    if (!isOfThis) this.flush();
    const beside = { ...this.#pending?.values, ...additional };
    this.#pending = undefined;
    this.#printed = { resource, values: beside };
    if (isValue) this.#reached = resource;
    else this.#diverged = true;
    this.#line({ [this.#names.resource]: resource, [this.#names.metric]: printable(value), ...beside });
  }

  #additional(resource: number | undefined, values: Values): void {
    if (resource !== undefined && resource < this.#reached) return;
    if (this.#pending && this.#pending.resource !== resource) this.flush();
    this.#pending = { resource, values: { ...this.#pending?.values, ...values } };
  }

  /** As it is: the operator finds out again why it is none. */
  #unusable(object: JsonObject): void {
    if (this.#hasUnusable) return;
    this.#hasUnusable = true;
    const { resource, metric } = this.#names;
    this.#line(Object.fromEntries([resource, metric].map((name) => [name, short(object[name])])));
  }

  #other(names: readonly string[]): void {
    const unseen = names.map((name) => name.slice(0, MAX_NAME)).filter((name) => !this.#others.has(name));
    const shown = unseen.slice(0, MAX_OTHERS - this.#others.size);
    for (const name of shown) this.#others.add(name);
    if (shown.length > 0) this.#line(Object.fromEntries(shown.map((name) => [name, null])));
  }

  #line(line: Line): void {
    this.#print(JSON.stringify(line));
  }
}

function short(value: unknown): unknown {
  if (typeof value === 'number') return printable(value);
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_NAME || typeof value === 'string' ? text.slice(0, MAX_NAME) : value;
}

/** JSON knows no NaN and no infinity. */
function printable(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
