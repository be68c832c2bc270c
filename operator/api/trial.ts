/**
 * The Trial: one configuration being evaluated. Its spec says what should happen (written by the study controller), its
 * status what happened (written by the trial controller). All Trials of a Study together are the search's only memory.
 */
import { z } from 'zod';
import type { DecisionKind, Origin, Proposal, Value } from '../../src/model.ts';
import type { Kind, KubeObject } from '../kube/cluster.ts';
import type { Condition } from '../kube/kinds.ts';
import { additionalValues, GROUP, ownConditions, VERSION } from './common.ts';
import { FAILURES, type FailureClass } from './failures.ts';
import { immutable, immutableField, open, same, timestamp, value, whole, wholeList, withRules } from './schema.ts';

/** Two per rung level and the two ends. */
export const MAX_DECISIONS = 64;
/** All rung levels, a thinned curve of at most 60 points, and the last report. */
export const MAX_OBSERVATIONS = 96;
export const MAX_ATTEMPTS = 32;

const KINDS = ['Start', 'Continue', 'Pause', 'Promote', 'Stop', 'Complete', 'Fail'] as const satisfies DecisionKind[];
const ORIGINS = ['Initial', 'Random', 'Model', 'User'] as const satisfies Origin[];

const decisions = withRules(
  wholeList(
    z.strictObject({
      seq: z
        .int()
        .min(1)
        .describe('Position among all decisions of the Study: what was known is what has a smaller one.'),
      kind: z.enum(KINDS).describe('What was decided.'),
      level: z.int().min(0).optional().describe('Resource level it was decided at.'),
      known: z
        .int()
        .min(0)
        .optional()
        .describe(
          'Of a Start, and of a Promote by a model: what was known after the decision of this number is what it was chosen from.',
        ),
      at: timestamp.describe('When.'),
    }),
    { min: 1, max: MAX_DECISIONS },
  ),
  {
    cel: 'oldSelf.all(old, self.exists(new, new == old))',
    message: 'decisions may be added, never changed or removed',
    holds: (self, old) => old === undefined || old.every((o) => self.some((s) => same(s, o))),
  },
).describe('What the scheduler has decided about this trial, oldest first: the ledger that abohb replay checks.');

const proposal = z
  .strictObject({
    level: z.int().min(1).describe('The resource level at which configurations were compared.'),
    acquisition: z
      .number()
      .describe(
        'How promising it was there, by the acquisition of the Study: the improvement to be expected over the best, the same per cost, or the confidence bound; of bohb, how many times likelier it is among good configurations than among others.',
      ),
    mean: z.number().optional().describe('The metric there, as the model predicted it.'),
    deviation: z.number().min(0).optional().describe('Standard deviation of that prediction.'),
  })
  .optional()
  .describe('Why the configuration was proposed, where a model did: what it said of it then.');

const spec = withRules(
  z.strictObject({
    study: withRules(z.string().min(1).max(63), immutable('study')).describe('Name of the Study.'),
    number: withRules(z.int().min(1), immutable('number')).describe('Counts from 1 through the Study.'),
    parameters: withRules(whole(open(z.record(z.string(), value))), immutable('parameters')).describe(
      'The configuration.',
    ),
    bracket: withRules(z.int().min(0), immutable('bracket')).describe('The bracket it was drawn into.'),
    origin: withRules(z.enum(ORIGINS), immutable('origin')).describe(
      'Where the configuration came from: Initial, one of initialTrials; Random, drawn; Model, proposed from what was known; User, given.',
    ),
    proposal,
    until: withRules(z.int().min(1), {
      cel: 'self >= oldSelf',
      message: 'until may be raised, never lowered',
      holds: (self, old) => old === undefined || self >= old,
    }).describe('The resource level the trial may run to.'),
    stop: withRules(
      whole(
        z.strictObject({
          reason: z.string().max(128).describe('Why, in one CamelCase word.'),
          message: z.string().max(1024).describe('Why, in a sentence.'),
        }),
      ),
      immutable('stop'),
    )
      .optional()
      .describe('Set when the trial is to end: for good.'),
    decisions,
  }),
  {
    cel: 'has(self.stop) || !has(oldSelf.stop)',
    message: 'stop cannot be taken back',
    holds: (self, old) => old?.stop === undefined || self.stop !== undefined,
  },
  immutableField('proposal'),
).describe('What should happen, written by the operator.');

const OUTCOMES = [
  'Succeeded',
  'Failed',
  'Disrupted',
  'Preempted',
  'Stopped',
  'Suspended',
  'Paused',
  'Overran',
] as const;

const attempt = z.strictObject({
  job: z.string().describe('Name of its Job: one may have several attempts, each with a pod of its own.'),
  times: z
    .int()
    .optional()
    .describe('How many attempts this stands for, where there were very many: those long over are summed up.'),
  until: z.int().describe('The resource level it was told to run to.'),
  from: z.int().describe('The highest resource level reported before it.'),
  pod: z.string().optional().describe('Name of its pod, once that has started; of several, the one that reports.'),
  startTime: timestamp.optional().describe('When its pod began to hold its resources.'),
  codeTime: timestamp.optional().describe('When its code began to run.'),
  endTime: timestamp.optional().describe('When its pod was gone or finished.'),
  gpus: z.number().describe('GPUs it asked for.'),
  trained: z.int().describe('Units of resource it trained, as far as it reported.'),
  succeeded: z
    .boolean()
    .optional()
    .describe('True once its code has exited well, where its Job had to be deleted since it did not end with it.'),
  outcome: z.enum(OUTCOMES).optional().describe('How it ended; absent while it lasts.'),
  failure: z.enum(FAILURES).optional().describe('What kind of failure ended it.'),
  reason: z
    .string()
    .max(128)
    .optional()
    .describe('Of a disruption: which one, in one word, such as EvictionByEvictionAPI or TopologyAffinityError.'),
});

const status = z
  .strictObject({
    observations: wholeList(
      z.strictObject({
        resource: z.int().min(0).describe('Resource level.'),
        value: z.number().describe('Value of the objective.'),
        at: timestamp.describe('When it was observed.'),
        additional: additionalValues.describe(
          'Values of spec.metrics.additional then: at rung levels, at the best and at the last report.',
        ),
      }),
      { max: MAX_OBSERVATIONS },
    )
      .optional()
      .describe('The learning curve: every rung level, some points between, and the last.'),
    reached: z.int().optional().describe('The highest resource level reported.'),
    last: z.number().optional().describe('The value reported there.'),
    attempts: z
      .array(attempt)
      .max(MAX_ATTEMPTS)
      .optional()
      .describe('The attempts so far, oldest first: one per pod, so that a Job that was preempted has several.'),
    failure: z
      .strictObject({
        class: z.enum(FAILURES).describe('What kind of failure.'),
        exitCode: z.int().optional().describe('Exit code of the primary container.'),
        message: z.string().max(2048).describe('What happened, and the last lines of the log.'),
      })
      .optional()
      .describe('Why the trial failed.'),
    refusedTime: timestamp
      .optional()
      .describe('Since when the API server has refused its Job; absent while it does not.'),
    checkpointRemoved: z.boolean().optional().describe('True once its checkpoint has been removed, as the Study says.'),
    usage: whole(
      z.strictObject({
        resource: z.int().describe('Units of resource trained, by all attempts.'),
        gpuSeconds: z.number().describe('GPU seconds held by its pods.'),
      }),
    )
      .optional()
      .describe('What the trial has used.'),
    conditions: ownConditions,
  })
  .optional()
  .describe('What happened, written by the operator.');

export const trialSchema = z.strictObject({
  apiVersion: z.literal(`${GROUP}/${VERSION}`),
  kind: z.literal('Trial'),
  metadata: z.looseObject({ name: z.string() }),
  spec,
  status,
});

export interface RecordedDecision {
  readonly seq: number;
  readonly kind: DecisionKind;
  readonly level?: number;
  readonly known?: number;
  readonly at: string;
}

export interface TrialSpec {
  readonly study: string;
  readonly number: number;
  readonly parameters: Readonly<Record<string, Value>>;
  readonly bracket: number;
  readonly origin: Origin;
  readonly proposal?: Proposal;
  readonly until: number;
  readonly stop?: { readonly reason: string; readonly message: string };
  readonly decisions: readonly RecordedDecision[];
}

export interface Report {
  readonly resource: number;
  readonly value: number;
  readonly at: string;
  readonly additional?: Readonly<Record<string, number>>;
}

export type Outcome = (typeof OUTCOMES)[number];

export interface Attempt {
  readonly job: string;
  readonly times?: number;
  readonly pod?: string;
  readonly until: number;
  readonly from: number;
  readonly startTime?: string;
  readonly codeTime?: string;
  readonly endTime?: string;
  readonly gpus: number;
  readonly trained: number;
  readonly succeeded?: boolean;
  readonly outcome?: Outcome;
  readonly failure?: FailureClass;
  readonly reason?: string;
}

export interface Failure {
  readonly class: FailureClass;
  readonly exitCode?: number;
  readonly message: string;
}

export interface TrialStatus {
  readonly observations?: readonly Report[];
  readonly reached?: number;
  readonly last?: number;
  readonly attempts?: readonly Attempt[];
  readonly failure?: Failure;
  readonly refusedTime?: string;
  readonly checkpointRemoved?: boolean;
  readonly usage?: { readonly resource: number; readonly gpuSeconds: number };
  readonly conditions?: readonly Condition[];
}

export interface Trial extends KubeObject {
  readonly spec: TrialSpec;
  readonly status?: TrialStatus;
}

export const TRIAL: Kind<Trial> = { group: GROUP, version: VERSION, kind: 'Trial', plural: 'trials' };
