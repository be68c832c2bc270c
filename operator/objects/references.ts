/**
 * `$(…)` references in a trial template: found and replaced in the object tree, never in its text, so that no value can
 * change the shape of the template.
 *
 * A reference is a dotted name such as $(parameters.lr). Names without a dot, such as $(HOME), are left for Kubernetes,
 * which replaces environment variables of the container by the same notation; `$$(…)` is Kubernetes' escape and is left
 * alone too.
 */
import type { Value } from '../../src/model.ts';

const REFERENCE = /(\$*)\$\(([A-Za-z_][\w-]*(?:\.[\w-]+)+)\)/g;

/** Where a reference stands, and its name. */
export interface Found {
  /** Path in the tree, such as spec.containers[0].args[1]. */
  readonly path: string;
  readonly name: string;
}

/** All references in a tree. */
export function references(tree: unknown, path = ''): readonly Found[] {
  if (typeof tree === 'string') return [...names(tree)].map((name) => ({ path, name }));
  if (Array.isArray(tree)) return tree.flatMap((item, i) => references(item, `${path}[${i}]`));
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([key, item]) => references(item, path === '' ? key : `${path}.${key}`));
}

function* names(text: string): Generator<string> {
  for (const [, escapes = '', name = ''] of text.matchAll(REFERENCE)) if (escapes.length % 2 === 0) yield name;
}

/**
 * The tree with every reference replaced. A text that is nothing but one reference takes the type of the value.
 * `lookup` gives undefined for a name that does not exist; such a reference is left as it is.
 */
export function resolve<T>(tree: T, lookup: (name: string) => Value | undefined): T {
  if (typeof tree === 'string') return resolveText(tree, lookup) as T;
  if (Array.isArray(tree)) return tree.map((item) => resolve(item, lookup)) as T;
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, resolve(item, lookup)])) as T;
}

function resolveText(text: string, lookup: (name: string) => Value | undefined): Value {
  const [whole] = text.matchAll(REFERENCE);
  if (whole?.[0] === text && whole[1] === '') return lookup(whole[2] ?? '') ?? text;
  return text.replace(REFERENCE, (match, escapes: string, name: string) => {
    const value = escapes.length % 2 === 0 ? lookup(name) : undefined;
    return value === undefined ? match : escapes + String(value);
  });
}
