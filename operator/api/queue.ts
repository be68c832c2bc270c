/** Queues of Kueue: its labels, and what a Study says about waiting in one. */
import { z } from 'zod';
import { mapList, type Rule } from './schema.ts';

/** On a Job: the queue it waits in. Kueue suspends it at its creation, and again when it is preempted. */
export const QUEUE_LABEL = 'kueue.x-k8s.io/queue-name';
/** On a Job: its WorkloadPriorityClass; may be changed at any time. */
export const PRIORITY_LABEL = 'kueue.x-k8s.io/priority-class';

export const queue = z
  .strictObject({
    surplus: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        'At most this many trials wait for quota at once: what they are was chosen from what was known when they began to wait. Those that wait and those that run are together never more than parallelism. When absent, a quarter of parallelism, rounded up, and at most 4.',
      ),
    priorityClasses: mapList(
      z.strictObject({
        fromLevel: z.int().min(1).describe('For trials that train towards this resource level or a higher one.'),
        name: z.string().min(1).max(63).describe('Name of a WorkloadPriorityClass.'),
      }),
      'fromLevel',
      { min: 1, max: 32 },
    )
      .optional()
      .describe('Priority by how far a trial has come, so that a promising one goes before a new one.'),
  })
  .optional()
  .describe(
    'How trials wait in a queue of Kueue. Needs the label kueue.x-k8s.io/queue-name in trialTemplate.metadata.labels. May be edited.',
  );

interface Queued {
  readonly queue?: z.output<typeof queue>;
  readonly trialTemplate: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | undefined } | undefined;
  };
}

export const queueNeedsLabel: Rule<Queued> = {
  cel: `!has(self.queue) || (has(self.trialTemplate.metadata) && has(self.trialTemplate.metadata.labels) && '${QUEUE_LABEL}' in self.trialTemplate.metadata.labels)`,
  message: `queue needs the label ${QUEUE_LABEL} in trialTemplate.metadata.labels: set it or remove queue`,
  found: ({ trialTemplate }) => Object.keys(trialTemplate.metadata?.labels ?? {}).join(', ') || 'no label',
  holds: ({ queue: wanted, trialTemplate }) =>
    wanted === undefined || trialTemplate.metadata?.labels?.[QUEUE_LABEL] !== undefined,
};
