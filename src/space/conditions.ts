import type { Parameter, Value } from '../model.ts';
import type { Domain } from './domain.ts';

/** A parameter and what it depends on. */
export interface Node {
  /** Of the parameter among the space's. */
  readonly index: number;
  readonly domain: Domain;
  /** Undefined: always active. */
  readonly parent: Node | undefined;
  /** The keys of the parent's values it is active for; of values the parent cannot take there are none. */
  readonly admits: ReadonlySet<string>;
  readonly children: readonly Node[];
}

interface Growing extends Node {
  parent: Node | undefined;
  admits: ReadonlySet<string>;
  readonly children: Node[];
}

/**
 * The forest of conditions, parents before their children. Throws a RangeError when a condition names no parameter of
 * the space or when conditions form a cycle.
 */
export function conditionForest(parameters: readonly Parameter[], domains: readonly Domain[]): readonly Node[] {
  const nodes = new Map<string, Growing>();
  for (const [index, domain] of domains.entries()) {
    const name = parameters[index]?.name ?? '';
    nodes.set(name, { index, domain, parent: undefined, admits: new Set(), children: [] });
  }
  for (const { name, activeWhen } of parameters) {
    if (activeWhen === undefined) continue;
    const [child, parent] = [nodes.get(name), nodes.get(activeWhen.parameter)];
    if (parent === undefined) throw new RangeError(`${name} depends on ${activeWhen.parameter}, which does not exist`);
    if (child !== undefined) adopt(parent, child, activeWhen.in);
  }
  return parentsFirst(nodes);
}

function parentsFirst(nodes: ReadonlyMap<string, Node>): readonly Node[] {
  const forest = [...nodes.values()].filter(({ parent }) => parent === undefined);
  // The list grows while it is walked: breadth first from the roots.
  for (const node of forest) for (const child of node.children) forest.push(child);
  if (forest.length < nodes.size) {
    const reached = new Set(forest);
    const stranded = [...nodes].filter(([, node]) => !reached.has(node)).map(([name]) => name);
    throw new RangeError(`the conditions of ${stranded.join(', ')} form a cycle or hang on one`);
  }
  return forest;
}

function adopt(parent: Growing, child: Growing, values: readonly Value[]): void {
  child.parent = parent;
  child.admits = new Set(values.filter((value) => parent.domain.has(value)).map((value) => parent.domain.key(value)));
  parent.children.push(child);
}

/** Whether a parameter is active, given its ancestors' values by index (undefined: inactive). */
export function isActive({ parent, admits }: Node, values: readonly (Value | undefined)[]): boolean {
  if (parent === undefined) return true;
  const value = values[parent.index];
  return value !== undefined && admits.has(parent.domain.key(value));
}
