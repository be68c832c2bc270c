import { factorizeWithJitter } from '../../../src/linalg/cholesky.ts';
import { fromRows } from '../../../src/linalg/matrix.ts';

interface Case {
  readonly A: readonly (readonly number[])[];
  readonly sigsq_init: number;
  readonly added_to_diag: number;
}

/** What is added to a diagonal. Rounding decides where a matrix just fails: the next power of ten is as good. */
export function check({ A, sigsq_init, added_to_diag }: Case): string[] {
  const matrix = fromRows(A);
  const noise = new Float64Array(matrix.rows).fill(sigsq_init);
  const factor = factorizeWithJitter({ size: matrix.rows, fill: (k) => k.data.set(matrix.data), noise });
  const added = sigsq_init + (factor?.jitter ?? Number.NaN);
  const next = sigsq_init + 10 * (added_to_diag - sigsq_init);
  // The sum was rounded to the accuracy of the diagonal.
  const tolerance = 1e-12 * added_to_diag + Number.EPSILON * Math.max(...A.map((row, i) => Math.abs(row[i]!)));
  return [added_to_diag, next].some((expected) => Math.abs(added - expected) <= tolerance)
    ? []
    : [`added: ${added}, expected ${added_to_diag}`];
}
