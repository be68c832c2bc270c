/**
 * The Study: what a user writes. The one source of the CRD (`npm run generate`), of `abohb validate` and of the types.
 * Every field is described, so that `kubectl explain` teaches.
 */
import { z } from 'zod';
import type { Kind, KubeObject } from '../kube/cluster.ts';
import type { Condition, JobSpec } from '../kube/kinds.ts';
import { algorithm } from './algorithm.ts';
import { checkpoint, pause } from './checkpoint.ts';
import { duration, GROUP, VERSION } from './common.ts';
import { failures } from './failures.ts';
import { metrics } from './metrics.ts';
import { parameters } from './parameters.ts';
import { resourceProfiles } from './profiles.ts';
import { queue, queueNeedsLabel } from './queue.ts';
import { immutable, immutableField, open, value, withRules } from './schema.ts';
import { studyStatus } from './study-status.ts';
import { trialTemplate } from './template.ts';

/** Longest name of a Study: its Jobs are `<study>-<number>-<attempt>`, and a Job's name is a label value (63). */
export const MAX_STUDY_NAME = 40;

/** Exact as a JSON number, whoever reads it. */
const MAX_SEED = 2 ** 52;

const objective = withRules(
  z.strictObject({
    metric: z.string().min(1).max(253).describe('Name of the metric the training code reports, such as val_error.'),
    goal: z
      .enum(['Minimize', 'Maximize'])
      .default('Minimize')
      .describe('Whether a smaller or a larger value is better.'),
    target: z.number().optional().describe('The Study ends as soon as a trial reports a value at least this good.'),
  }),
  immutable('objective'),
).describe('What is optimised.');

const resource = withRules(
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(253)
      .default('epoch')
      .describe('Name under which the training code reports how far it has come, such as epoch or step.'),
    min: z.int().min(1).max(1e9).default(1).describe('The first level at which trials are compared.'),
    max: z.int().min(1).max(1e9).describe('The level of a full training.'),
  }),
  {
    cel: 'self.min <= self.max',
    message: 'min is above max: lower min or raise max',
    holds: (r) => r.min <= r.max,
  },
  immutable('resource'),
).describe('Training effort: how much of it a trial gets is what the scheduler decides.');

const limits = withRules(
  z.strictObject({
    maxTrials: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('At most this many trials are started. Raised on a finished Study, the Study goes on.'),
    maxFailedTrials: z
      .int()
      .min(0)
      .optional()
      .describe(
        'The Study fails when more trials than this have failed. Those that diverged (NaN, infinity), are infeasible or were disrupted too often do not count.',
      ),
    maxDuration: duration.optional().describe('The Study ends this long after its start, such as 90m or 12h.'),
    maxGPUHours: z
      .number()
      .gt(0)
      .optional()
      .describe('The Study ends when its trials have used this many GPU hours. A MIG slice counts as one GPU.'),
  }),
  {
    cel: 'has(self.maxTrials) || has(self.maxDuration) || has(self.maxGPUHours)',
    message: 'a Study needs an end: set maxTrials, maxDuration or maxGPUHours',
    holds: (l) => l.maxTrials !== undefined || l.maxDuration !== undefined || l.maxGPUHours !== undefined,
  },
).describe('When the Study ends. May be edited while it runs and after.');

const spec = withRules(
  z.strictObject({
    objective,
    resource,
    parameters: withRules(parameters, immutable('parameters')),
    algorithm,
    seed: z
      .int()
      .min(0)
      .max(MAX_SEED)
      .optional()
      .describe('Determines every random draw. When absent one is drawn and kept in status.seed.'),
    initialTrials: z
      .array(open(z.record(z.string(), value)))
      .max(1000)
      .optional()
      .describe(
        'Configurations to try first, in this order; parameters left out take the middle of their range. When absent the first trial is the middle of the space; an empty list means none.',
      ),
    parallelism: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe('At most this many trials run at once. May be edited; lowering it waits for trials to end.'),
    limits,
    suspend: z
      .boolean()
      .default(false)
      .describe('While true no trial runs. Afterwards trials go on from their checkpoint, or start over without one.'),
    queue,
    metrics,
    checkpoint,
    pause,
    resourceProfiles,
    onCompletion: z
      .strictObject({
        runningTrials: z
          .enum(['Terminate', 'Finish'])
          .default('Terminate')
          .describe('What happens to trials still running when the Study ends by its target or a limit.'),
      })
      .default({ runningTrials: 'Terminate' })
      .describe('What happens when the Study ends.'),
    failures,
    trialTemplate,
  }),
  immutableField('algorithm'),
  immutableField('seed'),
  immutableField('initialTrials'),
  immutableField('checkpoint'),
  immutableField('pause'),
  immutableField('resourceProfiles'),
  queueNeedsLabel,
).describe('What is wanted.');

export const studySchema = withRules(
  z.strictObject({
    apiVersion: z.literal(`${GROUP}/${VERSION}`),
    kind: z.literal('Study'),
    metadata: z.looseObject({ name: z.string() }),
    spec,
    status: studyStatus,
  }),
  {
    cel: `self.metadata.name.size() <= ${MAX_STUDY_NAME} && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,
    message: {
      cel: `'metadata.name ' + self.metadata.name + ' cannot be part of the names of its Jobs: use at most ${MAX_STUDY_NAME} lower-case letters, digits and dashes'`,
      text: ({ metadata }) =>
        `metadata.name ${metadata.name} cannot be part of the names of its Jobs: use at most ${MAX_STUDY_NAME} lower-case letters, digits and dashes`,
    },
    holds: ({ metadata }) =>
      metadata.name.length <= MAX_STUDY_NAME && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(metadata.name),
  },
);

type Read<T> = T extends readonly (infer U)[]
  ? readonly Read<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Read<T[K]> }
    : T;

/** A condition of an object, by which it is known how it has ended. */
export type ConditionWanted = Pick<Condition, 'type' | 'status'>;

export type StudySpec = Read<Omit<z.output<typeof spec>, 'trialTemplate'>> & {
  readonly trialTemplate: {
    readonly metadata?:
      | {
          readonly labels?: Readonly<Record<string, string>> | undefined;
          readonly annotations?: Readonly<Record<string, string>> | undefined;
        }
      | undefined;
    readonly apiVersion?: string | undefined;
    readonly kind?: string | undefined;
    readonly primaryContainer?: string | undefined;
    readonly success?: ConditionWanted | undefined;
    readonly failure?: ConditionWanted | undefined;
    readonly pods?: { readonly labels: Readonly<Record<string, string>> } | undefined;
    /** Of a Job; of any other kind nothing is known. */
    readonly spec: JobSpec;
  };
};

export type StudyStatus = Read<Omit<NonNullable<z.output<typeof studyStatus>>, 'conditions'>> & {
  readonly conditions?: readonly Condition[];
};

export type Best = NonNullable<StudyStatus['best']>;

export interface Study extends KubeObject {
  readonly spec: StudySpec;
  readonly status?: StudyStatus;
}

export const STUDY: Kind<Study> = { group: GROUP, version: VERSION, kind: 'Study', plural: 'studies' };
