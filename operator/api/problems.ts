/** What is wrong with an object, one sentence each: the field, what was found there, and the remedy. */
import type { z } from 'zod';
import { type Rule, rulesOf, shown } from './schema.ts';

export interface Problem {
  /** Such as spec.parameters[0].float.min; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export function sentence({ path, message }: Problem): string {
  return path === '' ? message : `${path}: ${message}`;
}

export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/** The parts of a zod schema this walk needs to see. */
interface Walkable {
  readonly def: {
    readonly type: string;
    readonly innerType?: z.ZodType;
    readonly shape?: Readonly<Record<string, z.ZodType>>;
    readonly element?: z.ZodType;
  };
}

interface Pair {
  readonly value: unknown;
  readonly old: unknown;
}

/** The rules that a value (already of the schema's shape) breaks; `old` is what it replaces, if anything. */
export function brokenRules(schema: z.ZodType, { value, old }: Pair, path = ''): readonly Problem[] {
  if (value === undefined || !hasRules(schema)) return [];
  const broken = rulesOf(schema)
    .filter((rule) => !rule.holds(value as never, old as never))
    .map((rule) => ({ path, message: words(rule, value) }));
  return [...broken, ...children(schema, { value, old }, path)];
}

/** Schemas never change: whether there is anything to check in one, or below it, is found out once. */
const known = new WeakMap<z.ZodType, boolean>();

function hasRules(schema: z.ZodType): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  const { innerType, shape = {}, element } = (schema as unknown as Walkable).def;
  const inner = [innerType, element, ...Object.values(shape)].filter((part) => part !== undefined);
  const found = rulesOf(schema).length > 0 || isUnique(schema) || inner.some(hasRules);
  known.set(schema, found);
  return found;
}

function isUnique(schema: z.ZodType): boolean {
  const type = schema.meta()?.['x-kubernetes-list-type'];
  return type === 'map' || type === 'set';
}

/** The server's words and, where they do not say it yet, what was found. What was there before is the user's to know. */
function words({ message, cel, found = shown }: Rule<never>, value: unknown): string {
  if (typeof message !== 'string') return message.text(value as never);
  return cel.includes('oldSelf') ? message : `${message} (found ${found(value as never)})`;
}

function children(schema: z.ZodType, pair: Pair, path: string): readonly Problem[] {
  const { def } = schema as unknown as Walkable;
  if (def.innerType) return brokenRules(def.innerType, pair, path);
  if (def.shape) return fields(def.shape, pair, path);
  if (def.element && Array.isArray(pair.value)) {
    return [...duplicates(schema, pair.value, path), ...items(def.element, pair, path)];
  }
  return [];
}

function fields(shape: Readonly<Record<string, z.ZodType>>, { value, old }: Pair, path: string): readonly Problem[] {
  return Object.entries(shape).flatMap(([key, field]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return brokenRules(field, { value: read(value, key), old: read(old, key) }, at);
  });
}

/** Items have no `old`: rules across time stand on whole lists. */
function items(element: z.ZodType, { value }: Pair, path: string): readonly Problem[] {
  return (value as readonly unknown[]).flatMap((item, i) =>
    brokenRules(element, { value: item, old: undefined }, `${path}[${i}]`),
  );
}

/** Items that a list of type map or set holds twice. */
function duplicates(schema: z.ZodType, list: readonly unknown[], path: string): readonly Problem[] {
  if (!isUnique(schema)) return [];
  const keys = schema.meta()?.['x-kubernetes-list-map-keys'];
  const [key] = (keys as readonly string[] | undefined) ?? [];
  const seen = new Set<unknown>();
  return list.flatMap((item, i) => {
    const id = key === undefined ? item : read(item, key);
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: `${path}[${i}]`, message: `${shown(id)} is there twice: remove or rename one` }];
  });
}

function read(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
}
