/** Observations by configuration and by resource level. */
import { fromRows, type Matrix, row } from '../linalg/matrix.ts';

export interface Grouping {
  /** The first point of each configuration, m×D. */
  readonly configs: Matrix;
  /** Of each observation, which of them. */
  readonly configOf: Uint32Array;
  /** The distinct values of the points' last coordinate. */
  readonly resources: Float64Array;
  /** Of each observation, which of them. */
  readonly levelOf: Uint32Array;
}

/** Groups points, N×D; levels that no observation is at, but that something will be asked of, can be added. */
export function groupPoints(points: Matrix, alsoAt: Iterable<number> = []): Grouping {
  const last = points.columns - 1;
  const configs = new Places<string>();
  const levels = new Places<number>();
  const configOf = new Uint32Array(points.rows);
  const levelOf = new Uint32Array(points.rows);
  const firsts: number[] = [];
  for (let j = 0; j < points.rows; j++) {
    const point = row(points, j);
    configOf[j] = configs.of(point.subarray(0, last).join());
    levelOf[j] = levels.of(point[last] as number);
    if (configs.size > firsts.length) firsts.push(j);
  }
  for (const resource of alsoAt) levels.of(resource);
  const rows = firsts.map((j) => row(points, j));
  return { configs: fromRows(rows, points.columns), configOf, resources: Float64Array.from(levels.keys()), levelOf };
}

/** Keys numbered in the order they came. */
class Places<K> {
  readonly #places = new Map<K, number>();

  get size(): number {
    return this.#places.size;
  }

  of(key: K): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.#places.size);
    return this.#places.size - 1;
  }

  keys(): Iterable<K> {
    return this.#places.keys();
  }
}
