/** JSON and numbers as training code writes them, NaN and Infinity included. What is read here is untrusted. */

/** JSON, with the tokens NaN and Infinity that Python's json module writes; undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  const value = tryJson(text);
  if (value !== undefined || !ODD_NUMBER.test(text)) return value;
  return tryJson(text.replace(TEXT_OR_ODD_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`)));
}

const ODD_NUMBER = /NaN|Infinity/;

/** A text, closed or not, or a number that JSON does not know. Matches in linear time. */
const TEXT_OR_ODD_NUMBER = /"(?:[^"\\]|\\.)*"?|NaN|-?Infinity/g;

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // not JSON is an answer, not an error
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined for what is no number; NaN and the infinities are numbers. */
export function number(raw: unknown): number | undefined {
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
