/** One line of a log, or one item of a pod's annotation → what it reports. Everything read here is untrusted. */
import { z } from 'zod';
import type { ReportNames } from './pattern.ts';

/** A report as the training code gave it: the value may be NaN or infinite. */
export interface Reading {
  /** A positive integer. */
  readonly resource: number;
  readonly value: number;
}

export type Read =
  | { readonly kind: 'report'; readonly report: Reading }
  /** A line with numbers under other names: shown to the user when the metric never comes. */
  | { readonly kind: 'other'; readonly names: readonly string[] }
  | { readonly kind: 'nothing' };

const NOTHING: Read = { kind: 'nothing' };

export type LineReader = (line: string) => Read;

/** Reads JSON objects, one per line; lines that are not JSON go to `match` where there is a pattern. */
export function lineReader(
  names: ReportNames,
  match?: (line: string) => { resource: string; value: string } | undefined,
): LineReader {
  return (line) => {
    const object = jsonObject(line);
    if (object) return readObject(object, names);
    const matched = match?.(line);
    return matched ? readFields(number(matched.resource), number(matched.value)) : NOTHING;
  };
}

/** Reads the value of the annotation abohb.dev/reports: a JSON list of objects. */
export function readAnnotation(text: string, names: ReportNames): readonly Read[] {
  const list = z.array(z.record(z.string(), z.unknown())).max(10_000).safeParse(parseJson(text));
  return list.success ? list.data.map((object) => readObject(object, names)) : [];
}

function readObject(object: Readonly<Record<string, unknown>>, names: ReportNames): Read {
  if (!Object.hasOwn(object, names.metric) || !Object.hasOwn(object, names.resource)) {
    return { kind: 'other', names: Object.keys(object).slice(0, MAX_NAMES) };
  }
  return readFields(number(object[names.resource]), number(object[names.metric]));
}

/** Enough to see what the code reports instead. */
const MAX_NAMES = 20;

function readFields(resource: number | undefined, value: number | undefined): Read {
  if (resource === undefined || value === undefined || !Number.isSafeInteger(resource) || resource < 1) return NOTHING;
  return { kind: 'report', report: { resource, value } };
}

/** Undefined for what is no number; NaN and the infinities are numbers. */
function number(raw: unknown): number | undefined {
  if (typeof raw === 'number') return raw;
  if (typeof raw !== 'string' || raw.trim() === '') return undefined;
  const special = SPECIAL.get(raw.trim().toLowerCase().replace(/^\+/, ''));
  if (special !== undefined) return special;
  const value = Number(raw);
  return Number.isNaN(value) ? undefined : value;
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['-nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

function jsonObject(line: string): Readonly<Record<string, unknown>> | undefined {
  const text = line.trim();
  if (!text.startsWith('{')) return undefined;
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** A text, closed or not, or a number that JSON does not know. Matches in linear time. */
const TEXT_OR_ODD_NUMBER = /"(?:[^"\\]|\\.)*"?|NaN|-?Infinity/g;

/** JSON, with the tokens NaN and Infinity that Python's json module writes. */
function parseJson(text: string): unknown {
  return (
    tryJson(text) ??
    tryJson(text.replace(TEXT_OR_ODD_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`)))
  );
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON is an answer, not an error
  }
}
