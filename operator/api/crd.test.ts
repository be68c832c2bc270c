import { describe, expect, test } from 'vitest';
import { studyDefinition, trialDefinition } from './crd.ts';
import { outdated } from './generate.ts';
import { rulesOf } from './schema.ts';
import { studySchema } from './study.ts';
import { trialSchema } from './trial.ts';

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly [keyword: string]: unknown;
}

interface Definition {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
}

const schemaOf = (definition: unknown): Schema => (definition as Definition).spec.versions[0].schema.openAPIV3Schema;

/** Every property below a schema, with its path. */
function* properties(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, property];
    yield* properties(property, `${path}.${name}`);
  }
  if (schema.items) yield* properties(schema.items, `${path}[]`);
}

/** The API server describes these itself. */
const OWNED = ['.apiVersion', '.kind', '.metadata'];

describe.each([
  ['Study', studyDefinition()],
  ['Trial', trialDefinition()],
])('the definition of %s', (_, definition) => {
  const schema = schemaOf(definition);
  const all = [...properties(schema, '')].filter(([path]) => !OWNED.includes(path));

  test('describes every field in a sentence', () => {
    const silent = all.filter(([, { description }]) => !description?.endsWith('.')).map(([path]) => path);
    expect(silent).toEqual([]);
  });

  test('is structural: every field has a type or keeps what is unknown', () => {
    const untyped = all
      .filter(([, field]) => !field.type && !field['x-kubernetes-preserve-unknown-fields'])
      .filter(([, field]) => !field['x-kubernetes-int-or-string']);
    expect(untyped.map(([path]) => path)).toEqual([]);
  });

  test('bounds every list, so that the API server can tell what its rules cost', () => {
    const lists = all.filter(([, { type, maxItems }]) => type === 'array' && maxItems === undefined);
    expect(lists.map(([path]) => path)).toEqual([]);
  });

  test('has no bound that the API server would cut to an integer', () => {
    const bounds = all.flatMap(([path, { minimum, maximum }]) =>
      [minimum, maximum].filter((bound) => bound !== undefined && !Number.isSafeInteger(bound)).map(() => path),
    );
    expect(bounds).toEqual([]);
  });
});

test('the files are as the schemas generate them', async () => {
  expect(await outdated()).toEqual([]);
});

test('rules stay with a schema that is described, defaulted or made optional afterwards', () => {
  const { limits, resource, objective, parameters, metrics, trialTemplate } = studySchema.shape.spec.shape;
  const counts = [limits, resource, objective, parameters, trialTemplate, trialSchema.shape.spec].map(
    (schema) => rulesOf(schema).length,
  );
  expect(counts).toEqual([1, 2, 1, 2, 5, 2]);
  expect(rulesOf(metrics.def.innerType)).toHaveLength(2);
});
