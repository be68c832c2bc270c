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

type Lookup = (name: string) => Value | undefined;

/** Its value is the Study's own text, in which the kubelet may replace variables. */
const OWN = 'checkpoint.path';

/** Below these fields Kubernetes takes texts only: `args: ["--lr", "$(parameters.lr)"]` must not hold a number. */
const TEXTS: ReadonlySet<string> = new Set([
  ...['command', 'args', 'env', 'image', 'workingDir'],
  ...['labels', 'annotations', 'nodeSelector', 'matchLabels'],
]);

/** Below these the kubelet replaces `$(NAME)` again: a value that looks like that must reach the code as it is. */
const EXPANDED: ReadonlySet<string> = new Set(['command', 'args', 'env']);

/** What stands around a text, as far as it matters for it. */
interface Place {
  readonly isText: boolean;
  readonly isExpanded: boolean;
}

/** A text that the kubelet turns back into the given one, whatever variables there are. */
export function unexpanded(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * The tree with every reference replaced. A text that is nothing but one reference takes the type of the value, except
 * where only a text may stand. `lookup` gives undefined for a name that does not exist; such a reference is left as it
 * is.
 */
export function resolve<T>(tree: T, lookup: Lookup): T {
  return resolved(tree, lookup, { isText: false, isExpanded: false }) as T;
}

function resolved(tree: unknown, lookup: Lookup, place: Place): unknown {
  if (typeof tree === 'string') {
    const value = resolveText(tree, place.isExpanded ? (name) => protectedValue(name, lookup(name)) : lookup);
    return place.isText ? String(value) : value;
  }
  if (Array.isArray(tree)) return tree.map((item) => resolved(item, lookup, place));
  if (typeof tree !== 'object' || tree === null) return tree;
  const entries = Object.entries(tree).map(([key, item]) => [key, resolved(item, lookup, within(place, key))]);
  return Object.fromEntries(entries);
}

function within({ isText, isExpanded }: Place, key: string): Place {
  return { isText: isText || TEXTS.has(key), isExpanded: isExpanded || EXPANDED.has(key) };
}

function protectedValue(name: string, value: Value | undefined): Value | undefined {
  return typeof value === 'string' && name !== OWN ? unexpanded(value) : value;
}

function resolveText(text: string, lookup: Lookup): Value {
  const [whole] = text.matchAll(REFERENCE);
  if (whole?.[0] === text && whole[1] === '') return lookup(whole[2] ?? '') ?? text;
  return text.replace(REFERENCE, (match, escapes: string, name: string) => {
    const value = escapes.length % 2 === 0 ? lookup(name) : undefined;
    return value === undefined ? match : escapes + String(value);
  });
}
