import type { Value } from '../model.ts';
import { isActive, type Node } from './conditions.ts';

/**
 * The number of configurations of a forest of conditions: each value of a parameter counts once per configuration of
 * the children it activates. Above the largest double: Infinity.
 */
export function countConfigs(forest: readonly Node[]): number {
  const counts = new Map<Node, number>();
  let total = 1;
  // Children first, so that their counts are known.
  for (const node of forest.toReversed()) {
    const count = countBelow(node, counts);
    counts.set(node, count);
    if (node.parent === undefined) total *= count;
  }
  return total;
}

function countBelow({ domain, children }: Node, counts: ReadonlyMap<Node, number>): number {
  const products = new Map<string, number>();
  for (const child of children) {
    for (const key of child.admits) products.set(key, (products.get(key) ?? 1) * (counts.get(child) ?? 1));
  }
  return [...products.values()].reduce((sum, product) => sum + product, domain.size - products.size);
}

/** Every assignment of the active parameters (by index; undefined: inactive), in one array that changes in place. */
export function* assignments(forest: readonly Node[]): Generator<readonly (Value | undefined)[]> {
  const values: (Value | undefined)[] = forest.map(() => undefined);
  function* from(position: number): Generator<readonly (Value | undefined)[]> {
    const node = forest[position];
    if (node === undefined) {
      yield values;
      return;
    }
    for (const value of isActive(node, values) ? node.domain.values() : [undefined]) {
      values[node.index] = value;
      yield* from(position + 1);
    }
  }
  yield* from(0);
}
