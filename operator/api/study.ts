/**
 * The Study: what a user writes. The one source of the CRD (`npm run generate`), of `abohb validate` and of the types.
 * Every field is described, so that `kubectl explain` teaches.
 */
import { z } from 'zod';
import type { Kind, KubeObject } from '../kube/cluster.ts';
import type { Condition, JobSpec } from '../kube/kinds.ts';
import { algorithm } from './algorithm.ts';
import { checkpoint, pause } from './checkpoint.ts';
import { additionalValues, conditions, duration, GROUP, VERSION } from './common.ts';
import { failureCounts, failures } from './failures.ts';
import { metrics } from './metrics.ts';
import { parameters } from './parameters.ts';
import { resourceProfiles } from './profiles.ts';
import { queue, queueNeedsLabel } from './queue.ts';
import { immutable, immutableField, mapList, open, timestamp, value, withRules } from './schema.ts';
import { isJobTemplate, ofJobs, workloadFields, workloadRules } from './workload.ts';

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
    maxGPUHours: z.number().gt(0).optional().describe('The Study ends when its trials have used this many GPU hours.'),
  }),
  {
    cel: 'has(self.maxTrials) || has(self.maxDuration) || has(self.maxGPUHours)',
    message: 'a Study needs an end: set maxTrials, maxDuration or maxGPUHours',
    holds: (l) => l.maxTrials !== undefined || l.maxDuration !== undefined || l.maxGPUHours !== undefined,
  },
).describe('When the Study ends. May be edited while it runs and after.');

const texts = z.record(z.string(), z.string());

const containers = z
  .array(open(z.looseObject({ name: z.string().describe('Name of the container.') })))
  .min(1)
  .max(64)
  .describe('Containers of the pod.');

const jobSpec = open(
  z.looseObject({
    template: open(z.looseObject({ spec: open(z.looseObject({ containers })).describe('A PodSpec.') }))
      .optional()
      .describe('The pod that trains one configuration.'),
  }),
).describe(
  'A batch/v1 JobSpec, or the spec of another kind. In its texts $(parameters.<name>), $(trial.name), $(attempt.name) (the name of the Job), $(resource.until), $(resource.max) and $(checkpoint.path) are replaced; a text that is nothing but one reference takes the type of its value.',
);

const trialTemplate = withRules(
  z.strictObject({
    ...workloadFields,
    metadata: z
      .strictObject({
        labels: texts.optional().describe('Labels, such as kueue.x-k8s.io/queue-name.'),
        annotations: texts.optional().describe('Annotations.'),
      })
      .optional()
      .describe('Labels and annotations of the Jobs.'),
    primaryContainer: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('The container that trains and reports; needed when the pod has several.'),
    spec: jobSpec,
  }),
  ...workloadRules,
  {
    cel: ofJobs(
      '!has(self.spec.template) || (has(self.primaryContainer) ? self.spec.template.spec.containers.exists(c, c.name == self.primaryContainer) : self.spec.template.spec.containers.size() == 1)',
    ),
    message: 'primaryContainer must be the name of a container of the pod; it may be left out when there is only one',
    found: ({ primaryContainer, spec }) =>
      `${primaryContainer ?? 'none'} with ${spec.template?.spec.containers.map((c) => c.name).join(', ')}`,
    holds: (template) => {
      const { primaryContainer, spec } = template;
      if (!isJobTemplate(template) || spec.template === undefined) return true;
      const { containers: all } = spec.template.spec;
      return primaryContainer === undefined ? all.length === 1 : all.some((c) => c.name === primaryContainer);
    },
  },
  immutable('trialTemplate'),
).describe('The Job, or the object of another kind, that trains one configuration.');

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

const count = (what: string) => z.int().describe(what);

const best = z
  .strictObject({
    trial: z.string().describe('Name of the Trial.'),
    value: z.number().describe('Value of the objective.'),
    resource: z.int().describe('Resource level it was observed at.'),
    parameters: z.record(z.string(), value).describe('The configuration.'),
    additional: additionalValues.describe('Additional metrics there, as far as they were kept.'),
  })
  .optional();

const status = z
  .strictObject({
    observedGeneration: z.int().optional().describe('Generation of the spec this status belongs to.'),
    seed: z.int().optional().describe('The seed in use.'),
    startTime: timestamp.optional().describe('When the Study was accepted.'),
    completionTime: timestamp.optional().describe('When the Study ended.'),
    trials: z
      .strictObject({
        created: count('All trials.'),
        queued: count('Waiting for a place in the cluster.'),
        running: count('Training.'),
        paused: count('Waiting to be promoted, without a GPU.'),
        completed: count('Trained to the end.'),
        stopped: count('Stopped early.'),
        failed: count('Failed.'),
      })
      .optional()
      .describe('Trials by state.'),
    rungs: mapList(
      z.strictObject({
        level: z.int().describe('Resource level of the rung.'),
        observed: count('Trials compared at it.'),
        passed: count('Trials that passed it.'),
      }),
      'level',
      { max: 64 },
    )
      .optional()
      .describe('How trials fared at each rung.'),
    best: best.describe('Best value seen at any resource level.'),
    bestFinal: best.describe('Best value seen at the maximum resource.'),
    usage: z
      .strictObject({
        resource: z.int().describe('Units of resource trained, by all attempts.'),
        gpuSeconds: z.number().describe('GPU seconds held by pods that have ended.'),
        gpuSecondsSaved: z
          .number()
          .describe(
            'An estimate of what was saved: what trials that were stopped by the scheduler, or rest, would yet have taken to the maximum at the pace they had.',
          ),
        byOutcome: z
          .strictObject({
            completed: z.number().describe('By trials trained to the end.'),
            stopped: z.number().describe('By trials stopped early.'),
            failed: z.number().describe('By trials that failed.'),
            paused: z.number().describe('By trials that wait to be promoted.'),
            running: z.number().describe('By earlier pods of trials under way.'),
          })
          .describe('The same GPU seconds by what became of the trials.'),
        preemptions: count('Attempts ended by a disruption or by the queue.'),
      })
      .optional()
      .describe('What the Study has used.'),
    failures: failureCounts,
    conditions,
  })
  .optional()
  .describe('What is.');

export const studySchema = withRules(
  z.strictObject({
    apiVersion: z.literal(`${GROUP}/${VERSION}`),
    kind: z.literal('Study'),
    metadata: z.looseObject({ name: z.string() }),
    spec,
    status,
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

export type StudyStatus = Read<Omit<NonNullable<z.output<typeof status>>, 'conditions'>> & {
  readonly conditions?: readonly Condition[];
};

export type Best = NonNullable<StudyStatus['best']>;

export interface Study extends KubeObject {
  readonly spec: StudySpec;
  readonly status?: StudyStatus;
}

export const STUDY: Kind<Study> = { group: GROUP, version: VERSION, kind: 'Study', plural: 'studies' };
