/**
 * Small helpers to write Kubernetes API types in zod: what zod cannot say is carried as metadata (`x-kubernetes-…`) and
 * comes out in the CRD. A rule that spans fields is written once, as CEL for the API server and as TypeScript for
 * `abohb validate` and the local cluster, with one message.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** A rule across fields: the API server evaluates `cel`, everyone else `holds`; both say the same words. */
export interface Rule<T> {
  /** CEL over `self`, and `oldSelf` for a transition rule. */
  readonly cel: string;
  /** The same rule; `old` is undefined on creation. */
  readonly holds: (self: T, old: T | undefined) => boolean;
  /** What is wrong and what to do. */
  readonly message: string | Message<T>;
  /** What is shown offline of a value that breaks it; when absent, the value. */
  readonly found?: (self: T) => string;
}

/** A message that names what it found. CEL may only use texts here: numbers as text are too dear for its cost limit. */
export interface Message<T> {
  readonly cel: string;
  readonly text: (self: T) => string;
}

/** A field that is always there and may not change. */
export function immutable<T>(field: string): Rule<T> {
  return {
    cel: 'self == oldSelf',
    message: cannotChange(field),
    holds: (self, old) => old === undefined || same(self, old),
  };
}

/** An optional field of `self` that may not change, appear or disappear. */
export function immutableField<T extends object>(field: keyof T & string): Rule<T> {
  return {
    cel: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: cannotChange(field),
    holds: (self, old) => old === undefined || same(self[field], old[field]),
  };
}

export const cannotChange = (field: string): string =>
  `${field} cannot be changed after creation: delete the object and create another`;

/** Structural equality of what JSON can hold. */
export const same = isDeepStrictEqual;

const VALIDATIONS = 'x-kubernetes-validations';

/**
 * Keyed by what the CRD says, which a schema keeps as metadata: `describe`, `default` and the like make another schema
 * and carry the metadata over.
 */
const rulesByValidations = new WeakMap<object, readonly Rule<never>[]>();

/** Attaches rules to a schema, beside those it has. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: Rule<z.output<S>>[]): S {
  const all = [...rulesOf(schema), ...(rules as unknown as Rule<never>[])];
  const validations = all.map(({ cel, message }) =>
    typeof message === 'string' ? { rule: cel, message } : { rule: cel, messageExpression: message.cel },
  );
  rulesByValidations.set(validations, all);
  return schema.meta({ ...schema.meta(), [VALIDATIONS]: validations });
}

export function rulesOf(schema: z.ZodType): readonly Rule<never>[] {
  const validations = schema.meta()?.[VALIDATIONS];
  return rulesByValidations.get(validations as object) ?? [];
}

/** A list whose items are told apart by `key`, so that appliers merge them. */
export function mapList<S extends z.ZodType>(item: S, key: string, size: { min?: number; max: number }) {
  return sized(item, size).meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
}

/** A list that has one owner, who always writes all of it: cheaper for the API server than one merged item by item. */
export function wholeList<S extends z.ZodType>(item: S, size: { min?: number; max: number }) {
  return sized(item, size).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** An object that has one owner, who always writes all of it: its fields are not booked one by one. */
export function whole<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-map-type': 'atomic' });
}

/** A list of scalars without duplicates. */
export function setList<S extends z.ZodType>(item: S, size: { min?: number; max: number }) {
  return sized(item, size).meta({ 'x-kubernetes-list-type': 'set' });
}

function sized<S extends z.ZodType>(item: S, { min, max }: { min?: number; max: number }) {
  const list = z.array(item).max(max);
  return min === undefined ? list : list.min(min);
}

/** Keeps fields the schema does not name. */
export function open<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-preserve-unknown-fields': true });
}

/** A number or a string: a parameter's value. */
export const value = z.union([z.number(), z.string().max(253)]).meta({ 'x-kubernetes-preserve-unknown-fields': true });

/** An integer or a string, as Kubernetes writes ports. */
export const intOrString = z.union([z.int(), z.string().max(253)]).meta({ 'x-kubernetes-int-or-string': true });

/** RFC 3339. */
export const timestamp = z.string().max(64).meta({ format: 'date-time' });

const SHOWN_LENGTH = 100;

/** A value as YAML users write it, in one short line. */
export function shown(value: unknown): string {
  const isOdd = typeof value === 'number' && !Number.isFinite(value);
  const json = isOdd ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > SHOWN_LENGTH ? `${json.slice(0, SHOWN_LENGTH)}…` : json;
}
