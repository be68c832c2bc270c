/** What Study and Trial share: the API group, labels, conditions. */
import { z } from 'zod';
import { mapList, timestamp, wholeList } from './schema.ts';

export const GROUP = 'abohb.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On Trials and Jobs: the name of the Study. */
export const STUDY_LABEL = `${GROUP}/study`;
/** On Jobs and pods: the name of the Trial. */
export const TRIAL_LABEL = `${GROUP}/trial`;
/** On Jobs and pods: the uid of the Trial, since there may have been another of its name. */
export const TRIAL_UID_LABEL = `${GROUP}/trial-uid`;
/** On a pod: its reports, a JSON list, when metrics come by annotation. */
export const REPORTS_ANNOTATION = `${GROUP}/reports`;

/** On a Job that removes checkpoints: the names of the Trials, with commas. */
export const TRIALS_ANNOTATION = `${GROUP}/trials`;

/** A duration in Go's notation, such as 90m or 1h30m. */
export const duration = z
  .string()
  .max(32)
  .regex(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/, 'must be a duration such as 90m or 1h30m');

const conditionItem = z.strictObject({
  type: z.string().min(1).max(316).describe('What this condition is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().max(1024).describe('Why, in one CamelCase word.'),
  message: z.string().max(32_768).describe('Why, in a sentence.'),
  lastTransitionTime: timestamp.describe('When status last changed.'),
  observedGeneration: z.int().optional().describe('Generation of the spec it was judged from.'),
});

const CONDITIONS = { max: 16 };
const WHAT_HOLDS = 'What holds now, each with its reason.';

export const conditions = mapList(conditionItem, 'type', CONDITIONS).optional().describe(WHAT_HOLDS);

/** Where there are many thousand objects whose conditions have one writer. */
export const ownConditions = wholeList(conditionItem, CONDITIONS).optional().describe(WHAT_HOLDS);

/** Values of spec.metrics.additional, by name. */
export const additionalValues = z.record(z.string(), z.number()).optional();
