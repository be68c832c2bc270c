/** The template of the objects that train trials: of Jobs, or of another kind. */
import { z } from 'zod';
import { immutable, open, withRules } from './schema.ts';
import { isJobTemplate, ofJobs, workloadFields, workloadRules } from './workload.ts';

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
  'A batch/v1 JobSpec, or the spec of another kind. In its texts $(parameters.<name>), $(trial.name), $(attempt.name) (the name of the Job), $(resource.until), $(resource.max), $(checkpoint.path), $(checkpoint.claim) and $(checkpoint.folder) (that of the trial in the claim) are replaced; a text that is nothing but one reference takes the type of its value.',
);

export const trialTemplate = withRules(
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
