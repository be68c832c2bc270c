/** What a trial template says about a kind other than Job: which it is, how it ends, and where its pods are. */
import { z } from 'zod';
import type { Rule } from './schema.ts';

const ending = (what: string) =>
  z
    .strictObject({
      type: z.string().min(1).max(316).describe('Type of a condition in status.conditions.'),
      status: z.enum(['True', 'False', 'Unknown']).default('True').describe('Its status.'),
    })
    .optional()
    .describe(`The condition that means ${what}. For kinds other than Job.`);

export const workloadFields = {
  apiVersion: z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?v[0-9][a-z0-9]*$/, 'must be such as jobset.x-k8s.io/v1alpha2')
    .optional()
    .describe('Group and version of the kind; batch/v1 when absent.'),
  kind: z
    .string()
    .max(63)
    .regex(/^[A-Z][A-Za-z0-9]*$/, 'must be the name of a kind, such as JobSet')
    .optional()
    .describe(
      'Kind of the object that trains one configuration; Job when absent. The operator creates it, watches its conditions, and deletes it to stop the trial.',
    ),
  success: ending('that it has succeeded'),
  failure: ending('that it has failed'),
  pods: z
    .strictObject({
      labels: z
        .record(z.string(), z.string())
        .describe(
          'Labels of the pods that report; a value may be $(trial.name), or $(attempt.name) for the name of the object.',
        ),
    })
    .optional()
    .describe(
      'Where the pods are. When absent, the pods made from what looks like a pod template in spec (it has spec.containers with an image): those get labels of the operator.',
    ),
};

interface Template {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly primaryContainer?: string | undefined;
  readonly success?: unknown;
  readonly failure?: unknown;
  readonly pods?: { readonly labels: Readonly<Record<string, string>> } | undefined;
  readonly spec: { readonly template?: unknown };
}

const IS_JOB = "(!has(self.kind) || (self.kind == 'Job' && has(self.apiVersion) && self.apiVersion == 'batch/v1'))";

/** The built-in Job of batch/v1. */
export function isJobTemplate({ apiVersion, kind }: Pick<Template, 'apiVersion' | 'kind'>): boolean {
  return kind === undefined || (kind === 'Job' && apiVersion === 'batch/v1');
}

/** A CEL rule that holds for Jobs only. */
export const ofJobs = (cel: string): string => `!${IS_JOB} || (${cel})`;

export const workloadRules: readonly Rule<Template>[] = [
  {
    cel: 'has(self.apiVersion) == has(self.kind)',
    message: 'apiVersion and kind go together: set both, or leave both out for a Job',
    found: ({ apiVersion = 'no apiVersion', kind = 'no kind' }) => `${apiVersion}, ${kind}`,
    holds: ({ apiVersion, kind }) => (apiVersion === undefined) === (kind === undefined),
  },
  {
    cel: ofJobs('has(self.spec.template)'),
    message: 'a Job needs spec.template, the pod that trains one configuration',
    found: ({ spec }) => Object.keys(spec).join(', ') || 'an empty spec',
    holds: (template) => !isJobTemplate(template) || template.spec.template !== undefined,
  },
  {
    cel: `${IS_JOB} ? !has(self.success) && !has(self.failure) && !has(self.pods) : has(self.success) && has(self.failure) && has(self.primaryContainer)`,
    message:
      'a kind other than Job needs success, failure and primaryContainer; a Job needs no success, failure or pods',
    found: (template) => template.kind ?? 'Job',
    holds: (template) =>
      isJobTemplate(template)
        ? template.success === undefined && template.failure === undefined && template.pods === undefined
        : template.success !== undefined && template.failure !== undefined && template.primaryContainer !== undefined,
  },
];
