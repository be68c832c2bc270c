/** Comparisons that return what differs, in words, instead of throwing: a fixture shows all its differences at once. */

/** A number as JSON writes it: NaN and the infinities are strings. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** Relative, and absolute below this size. */
const ABSOLUTE_BELOW = 1e-3;

export function isClose(actual: number, expected: number, tolerance: number): boolean {
  if (Object.is(actual, expected) || actual === expected) return true;
  return Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), ABSOLUTE_BELOW);
}

/** What differs between two JSON values; numbers may differ by the tolerance. Keys only the actual value has count too. */
export function differences(what: string, actual: unknown, expected: unknown, tolerance = 0): string[] {
  const wanted = numberOf(expected);
  if (typeof actual === 'number' && wanted !== undefined) {
    return isClose(actual, wanted, tolerance) ? [] : [`${what}: ${actual}, expected ${wanted}`];
  }
  if (isObject(actual) && isObject(expected)) {
    const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
    return [...keys].flatMap((key) => differences(`${what}.${key}`, actual[key], expected[key], tolerance));
  }
  return actual === expected ? [] : [`${what}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
}

function numberOf(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  return json === 'NaN' || json === 'Infinity' || json === '-Infinity' ? Number(json) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
