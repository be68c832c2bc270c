/**
 * Resource versions of one kind are decimal integers that grow with every write, so two of them can be ordered. They may
 * exceed 2^53.
 */

const DECIMAL = /^\d+$/;

/** True when a cache at version `seen` has seen the write that got version `wanted`. Foreign formats: only when equal. */
export function isAtLeast(seen: string, wanted: string): boolean {
  if (seen === wanted) return true;
  if (!DECIMAL.test(seen) || !DECIMAL.test(wanted)) return false;
  return BigInt(seen) >= BigInt(wanted);
}
