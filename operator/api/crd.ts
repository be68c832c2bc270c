/** zod schemas → CustomResourceDefinitions that the API server accepts: structural, defaulted, described. */
import { z } from 'zod';
import { GROUP, VERSION } from './common.ts';
import { studySchema } from './study.ts';
import { trialSchema } from './trial.ts';

interface JsonSchema {
  [keyword: string]: unknown;
}

interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  /** 0: always shown; 1: with -o wide. */
  readonly priority?: number;
}

const KEPT_UNKNOWN = 'x-kubernetes-preserve-unknown-fields';

/** Takes out of a JSON schema what a structural schema may not hold. */
function structural(schema: JsonSchema): void {
  if (schema[KEPT_UNKNOWN] || schema['x-kubernetes-int-or-string']) {
    delete schema['additionalProperties'];
    delete schema['anyOf'];
  }
  if (schema['additionalProperties'] === false) delete schema['additionalProperties'];
  delete schema['propertyNames'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) schema['format'] = 'int64';
  if (schema['type'] === 'integer') integer(schema);
  if ('const' in schema) {
    schema['enum'] = [schema['const']];
    delete schema['const'];
  }
}

function integer(schema: JsonSchema): void {
  schema['format'] = 'int64';
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
}

function openApiSchema(schema: z.ZodType, description: string): JsonSchema {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'throw',
    override: ({ jsonSchema }) => structural(jsonSchema as JsonSchema),
  }) as JsonSchema;
  const properties = json['properties'] as Record<string, JsonSchema>;
  // The API server owns these three and lets nobody restrict them.
  properties['apiVersion'] = { type: 'string' };
  properties['kind'] = { type: 'string' };
  properties['metadata'] = { type: 'object' };
  delete json['$schema'];
  return { description, ...json, required: ['spec'] };
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly columns: readonly Column[];
  readonly selectableFields?: readonly string[];
}

function definition(d: Definition): JsonSchema {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${d.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: d.kind,
        listKind: `${d.kind}List`,
        plural: d.plural,
        singular: d.kind.toLowerCase(),
        shortNames: [d.shortName],
        categories: ['abohb'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: d.columns,
          ...(d.selectableFields && { selectableFields: d.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: openApiSchema(d.schema, d.description) },
        },
      ],
    },
  };
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age.' };

const counter = (name: string, field: string, priority = 0): Column => ({
  name,
  type: 'integer',
  jsonPath: `.status.trials.${field}`,
  description: `Trials ${field}.`,
  priority,
});

export const studyDefinition = (): JsonSchema =>
  definition({
    kind: 'Study',
    plural: 'studies',
    shortName: 'hpstudy',
    description: 'A search for the best configuration of some training code.',
    schema: studySchema,
    columns: [
      {
        name: 'Status',
        type: 'string',
        jsonPath: '.status.conditions[?(@.type=="Succeeded")].reason',
        description: 'Running, or how it ended.',
      },
      { name: 'Best', type: 'number', jsonPath: '.status.best.value', description: 'Best value so far.' },
      {
        name: 'At',
        type: 'integer',
        jsonPath: '.status.best.resource',
        description: 'Resource level of the best value.',
      },
      counter('Trials', 'created'),
      counter('Running', 'running'),
      counter('Paused', 'paused', 1),
      counter('Completed', 'completed', 1),
      counter('Stopped', 'stopped'),
      counter('Failed', 'failed'),
      { name: 'Best Trial', type: 'string', jsonPath: '.status.best.trial', description: 'Best trial.', priority: 1 },
      age,
    ],
  });

export const trialDefinition = (): JsonSchema =>
  definition({
    kind: 'Trial',
    plural: 'trials',
    shortName: 'hptrial',
    description: 'One configuration being evaluated; created by the operator.',
    schema: trialSchema,
    selectableFields: ['.spec.study'],
    columns: [
      { name: 'Study', type: 'string', jsonPath: '.spec.study', description: 'Its Study.' },
      {
        name: 'State',
        type: 'string',
        jsonPath: '.status.conditions[?(@.status=="True")].type',
        description: 'Queued, Running, Paused, Completed, Stopped or Failed.',
      },
      {
        name: 'Reached',
        type: 'integer',
        jsonPath: '.status.reached',
        description: 'Highest resource level reported.',
      },
      { name: 'Value', type: 'number', jsonPath: '.status.last', description: 'Value reported there.' },
      { name: 'Until', type: 'integer', jsonPath: '.spec.until', description: 'Resource level it may run to.' },
      {
        name: 'Origin',
        type: 'string',
        jsonPath: '.spec.origin',
        description: 'Origin of the configuration.',
        priority: 1,
      },
      {
        name: 'Predicted',
        type: 'number',
        jsonPath: '.spec.proposal.mean',
        description: 'The metric as predicted when the configuration was proposed.',
        priority: 1,
      },
      {
        name: 'At',
        type: 'integer',
        jsonPath: '.spec.proposal.level',
        description: 'Resource level of the prediction.',
        priority: 1,
      },
      { name: 'Bracket', type: 'integer', jsonPath: '.spec.bracket', description: 'Bracket.', priority: 1 },
      age,
    ],
  });
