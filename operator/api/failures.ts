/** What kinds of failures there are, and what a Study says about them. */
import { z } from 'zod';
import { duration } from './common.ts';
import { mapList, setList } from './schema.ts';

/** How an attempt at a trial can fail. */
export const FAILURES = [
  'NotFinite',
  'Infeasible',
  'NoMetricReported',
  'UserCode',
  'StartFailed',
  'OutOfMemory',
  'DeadlineExceeded',
  'Disruption',
] as const;

export type FailureClass = (typeof FAILURES)[number];

/** Those that may pass when the trial is tried again, under the name of their limit. */
export const RETRIES = {
  UserCode: 'userCode',
  StartFailed: 'startFailed',
  OutOfMemory: 'outOfMemory',
  DeadlineExceeded: 'deadlineExceeded',
} as const satisfies Partial<Record<FailureClass, string>>;

/** Whether trials that failed so count against maxFailedTrials: where the code or the cluster is to blame. */
export function isCounted(failure: FailureClass): boolean {
  return failure !== 'NotFinite' && failure !== 'Infeasible' && failure !== 'Disruption';
}

const MAX_RETRIES = 10;

const retries = (when: string) =>
  z.int().min(0).max(MAX_RETRIES).default(0).describe(`How often a trial is tried again ${when}.`);

export const failures = z
  .strictObject({
    infeasibleExitCodes: setList(z.int().min(1).max(255), { max: 32 })
      .default([])
      .describe(
        'Exit codes by which the training code says that a configuration cannot be trained, such as 65. Such trials fail as Infeasible: they are not tried again and do not count against maxFailedTrials.',
      ),
    startDeadline: duration
      .default('10m')
      .describe(
        'A pod that has a node but does not start, for want of its image, a volume or a Secret, fails its trial after this time, and so does a pod that may not be created, for want of a service account or by a policy. Waiting for a node or for quota takes as long as it takes, a claim that does not exist excepted.',
      ),
    retries: z
      .strictObject({
        userCode: retries('after its code has exited with an error'),
        startFailed: retries('after its pod could not be started'),
        outOfMemory: retries('after its container has run out of memory'),
        deadlineExceeded: retries('after its Job has exceeded activeDeadlineSeconds'),
      })
      .default({ userCode: 0, startFailed: 0, outOfMemory: 0, deadlineExceeded: 0 })
      .describe(
        'How often a trial is tried again, from its checkpoint if there is one. Disruptions are always retried.',
      ),
  })
  .default({
    infeasibleExitCodes: [],
    startDeadline: '10m',
    retries: { userCode: 0, startFailed: 0, outOfMemory: 0, deadlineExceeded: 0 },
  })
  .describe('What counts as which failure, and what is tried again. May be edited while the Study runs.');

/** In the status of a Study. */
export const failureCounts = mapList(
  z.strictObject({
    class: z.enum(FAILURES).describe('What kind of failure.'),
    trials: z.int().describe('Trials that failed so.'),
    attempts: z.int().describe('Attempts that ended so, those that were tried again included.'),
  }),
  'class',
  { max: FAILURES.length },
)
  .optional()
  .describe('Failures by class; classes that did not occur are left out.');
