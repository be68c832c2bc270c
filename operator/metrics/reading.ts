/** One line of a log, or one item of a pod's annotation → what it reports. Everything read here is untrusted. */
import { isObject, type JsonObject, number, parseJson } from './json.ts';

export interface ReportNames {
  /** Name of the resource, such as epoch. */
  readonly resource: string;
  /** Name of the metric, such as val_error. */
  readonly metric: string;
  /** Metrics kept beside it. */
  readonly additional?: readonly string[] | undefined;
}

/** Finite values of additional metrics, by name. */
export type Values = Readonly<Record<string, number>>;

/** A report as the training code gave it: the value may be NaN or infinite. */
export interface Reading {
  /** A positive integer. */
  readonly resource: number;
  readonly value: number;
  /** Absent where there are none. */
  readonly additional?: Values;
  /** When it was observed, as whoever reported it says; RFC 3339. */
  readonly at?: string;
}

export type Read =
  | { readonly kind: 'report'; readonly report: Reading }
  /** Additional metrics alone, at a resource level or, without one, at the last that was reported. */
  | { readonly kind: 'additional'; readonly resource: number | undefined; readonly values: Values }
  /** A line with numbers under other names: shown to the user when the metric never comes. */
  | { readonly kind: 'other'; readonly names: readonly string[] }
  /** A report of a level or a value that is none: shown to the user when no report comes. */
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'nothing' };

const NOTHING: Read = { kind: 'nothing' };

export type LineReader = (line: string) => Read;

/** The texts of a pattern's groups in a line that matches. */
export interface Matched {
  readonly resource: string;
  readonly value: string;
  /** By the name of the metric. */
  readonly additional?: Readonly<Record<string, string>>;
}

/**
 * Reads JSON objects, one per line; lines that are not JSON go to `match` where there is a pattern. A report may also
 * stand at the end of a line, behind what another stream, or a progress bar, had begun there.
 */
export function lineReader(names: ReportNames, match?: (line: string) => Matched | undefined): LineReader {
  return (line) => {
    const text = line.trim();
    const object = text.startsWith('{') ? objectIn(text) : undefined;
    if (object) return readObject(object, names);
    const matched = match?.(line);
    if (matched) return report({ ...matched, additional: valuesIn(matched.additional ?? {}, names) }, names);
    return atEnd(text, names);
  };
}

/** Other names there are those of no report: they are shown to nobody. */
function atEnd(text: string, names: ReportNames): Read {
  const object = text.endsWith('}') ? objectAtEnd(text) : undefined;
  const read = object ? readObject(object, names) : NOTHING;
  return read.kind === 'other' ? NOTHING : read;
}

/** Where an object at the end of a line is looked for, in characters, and how many braces are tried, the first first. */
const MAX_END = 4096;
const MAX_TRIES = 8;
const OBJECT_BEGINS = /\{(?=\s*")/g;

function objectAtEnd(text: string): JsonObject | undefined {
  const end = text.slice(-MAX_END);
  let tries = 0;
  for (const { index } of end.matchAll(OBJECT_BEGINS)) {
    const object = objectIn(end.slice(index));
    tries += 1;
    if (object || tries === MAX_TRIES) return object;
  }
  return undefined;
}

/** Reads the value of the annotation abohb.dev/reports: a JSON list of objects. Undefined when it is something else. */
export function readAnnotation(text: string, names: ReportNames): readonly Read[] | undefined {
  const list = parseJson(text);
  if (!Array.isArray(list)) return undefined;
  return list.filter(isObject).map((object) => readItem(object, names));
}

function readItem(object: JsonObject, names: ReportNames): Read {
  const read = readObject(object, names);
  const { at } = object;
  if (read.kind !== 'report' || typeof at !== 'string' || Number.isNaN(Date.parse(at))) return read;
  return { kind: 'report', report: { ...read.report, at } };
}

/** What an object of names and values reports. */
export function readObject(object: JsonObject, names: ReportNames): Read {
  const additional = valuesIn(object, names);
  const hasBoth = Object.hasOwn(object, names.metric) && Object.hasOwn(object, names.resource);
  // Some write null where the metric was not measured.
  if (hasBoth && (object[names.metric] !== null || additional === undefined)) {
    return report({ resource: object[names.resource], value: object[names.metric], additional }, names);
  }
  if (additional === undefined) return { kind: 'other', names: Object.keys(object).slice(0, MAX_NAMES) };
  const resource = number(object[names.resource]);
  return { kind: 'additional', resource: isLevel(resource) ? resource : undefined, values: additional };
}

/** Enough to see what the code reports instead. */
const MAX_NAMES = 20;

interface Fields {
  readonly resource: unknown;
  readonly value: unknown;
  readonly additional: Values | undefined;
}

function report(fields: Fields, names: ReportNames): Read {
  const resource = number(fields.resource);
  const value = number(fields.value);
  if (!isLevel(resource))
    return { kind: 'unusable', why: noLevel(`${names.resource} ${shown(fields.resource)}`, resource) };
  if (value === undefined) return { kind: 'unusable', why: `${names.metric} ${shown(fields.value)} is no number` };
  return { kind: 'report', report: { resource, value, ...(fields.additional && { additional: fields.additional }) } };
}

function noLevel(what: string, resource: number | undefined): string {
  if (resource === undefined) return `${what} is no number`;
  if (Math.abs(resource) < 1) return `${what}: levels are whole numbers from 1 on, so code that counts from 0 adds 1`;
  return `${what}: levels are whole numbers from 1 on`;
}

const SHOWN = 40;

/** As JSON, cut. */
function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function isLevel(resource: number | undefined): resource is number {
  return resource !== undefined && Number.isSafeInteger(resource) && resource >= 1;
}

/** The finite values of additional metrics; undefined when there are none. */
function valuesIn(object: JsonObject, { additional = [] }: ReportNames): Values | undefined {
  const found = additional.flatMap((name) => {
    const value = Object.hasOwn(object, name) ? number(object[name]) : undefined;
    return value !== undefined && Number.isFinite(value) ? [[name, value] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function objectIn(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}
