/** The status of a Study: what its controller computes from the Trials. */
import { z } from 'zod';
import { additionalValues, conditions } from './common.ts';
import { failureCounts } from './failures.ts';
import { mapList, timestamp, value } from './schema.ts';

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

export const studyStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe('Generation of the spec this status belongs to.'),
    seed: z.int().optional().describe('The seed in use.'),
    startTime: timestamp.optional().describe('When the Study was accepted.'),
    completionTime: timestamp.optional().describe('When the Study ended.'),
    trials: z
      .strictObject({
        created: count('All trials that were started, those included that somebody has deleted since.'),
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
  .describe('What is.')
  // Tools that know Studies by the conventions alone (kstatus) take one without any status for ready.
  .meta({ default: { observedGeneration: -1 } });
