/**
 * The one kernel that all dense algebra here is made of: C ← C − A Bᵀ on parts of row-major matrices. Both factors are
 * read along their rows, so that memory is read in order.
 *
 *   C  rows(A) × rows(B)      A  rows(A) × depth      B  rows(B) × depth
 *
 * Eight sums at a time stay in registers (two rows of A by four of B), each number read serves in two or four of them.
 */
import { at } from './matrix.ts';

/** Rows of B and depth used at a time by `subtractLargeProducts`: 64 KB of B, which stay in the second-level cache. */
const BLOCK = 32;
const DEPTH = 256;

/** A part of a matrix: `rows` rows that begin at `offset` and lie `stride` numbers apart. */
export interface Part {
  readonly data: Float64Array;
  readonly offset: number;
  readonly stride: number;
  readonly rows: number;
}

/** C ← C − A Bᵀ. The parts may lie in the same array, but C must not overlap the others. `c.rows` is not looked at. */
export function subtractProducts(c: Omit<Part, 'rows'>, a: Part, b: Part, depth: number): void {
  const [C, A, B] = [c.data, a.data, b.data];
  const lastRow = a.rows - 1;
  const lastColumn = b.rows - 1;
  for (let i = 0; i <= lastRow; i += 2) {
    // At an odd edge the last row or column is computed more than once, with the same result.
    const i1 = Math.min(i + 1, lastRow);
    const [a0, a1] = [a.offset + i * a.stride, a.offset + i1 * a.stride];
    const [c0, c1] = [c.offset + i * c.stride, c.offset + i1 * c.stride];
    for (let j = 0; j <= lastColumn; j += 4) {
      const j1 = Math.min(j + 1, lastColumn);
      const j2 = Math.min(j + 2, lastColumn);
      const j3 = Math.min(j + 3, lastColumn);
      const b0 = b.offset + j * b.stride;
      const b1 = b.offset + j1 * b.stride;
      const b2 = b.offset + j2 * b.stride;
      const b3 = b.offset + j3 * b.stride;
      let s00 = at(C, c0 + j);
      let s01 = at(C, c0 + j1);
      let s02 = at(C, c0 + j2);
      let s03 = at(C, c0 + j3);
      let s10 = at(C, c1 + j);
      let s11 = at(C, c1 + j1);
      let s12 = at(C, c1 + j2);
      let s13 = at(C, c1 + j3);
      for (let k = 0; k < depth; k++) {
        const x0 = at(A, a0 + k);
        const x1 = at(A, a1 + k);
        const y0 = at(B, b0 + k);
        const y1 = at(B, b1 + k);
        const y2 = at(B, b2 + k);
        const y3 = at(B, b3 + k);
        s00 -= x0 * y0;
        s01 -= x0 * y1;
        s02 -= x0 * y2;
        s03 -= x0 * y3;
        s10 -= x1 * y0;
        s11 -= x1 * y1;
        s12 -= x1 * y2;
        s13 -= x1 * y3;
      }
      C[c0 + j] = s00;
      C[c0 + j1] = s01;
      C[c0 + j2] = s02;
      C[c0 + j3] = s03;
      C[c1 + j] = s10;
      C[c1 + j1] = s11;
      C[c1 + j2] = s12;
      C[c1 + j3] = s13;
    }
  }
}

/** The same for parts of any size, cut so that what is read again is still in the cache. */
export function subtractLargeProducts(c: Omit<Part, 'rows'>, a: Part, b: Part, depth: number): void {
  for (let from = 0; from < depth; from += DEPTH) {
    const left = { ...a, offset: a.offset + from };
    for (let j = 0; j < b.rows; j += BLOCK) {
      const right = { ...b, offset: b.offset + j * b.stride + from, rows: Math.min(BLOCK, b.rows - j) };
      subtractProducts({ ...c, offset: c.offset + j }, left, right, Math.min(DEPTH, depth - from));
    }
  }
}

/** The same where A = B and C is symmetric: its lower triangle, and some of what is above it. */
export function subtractGramProducts(c: Omit<Part, 'rows'>, a: Part, depth: number): void {
  for (let j = 0; j < a.rows; j += BLOCK) {
    const below = { ...a, offset: a.offset + j * a.stride, rows: a.rows - j };
    const corner = { ...c, offset: c.offset + j * c.stride + j };
    subtractLargeProducts(corner, below, { ...below, rows: Math.min(BLOCK, a.rows - j) }, depth);
  }
}
