/** Resources by how far a trial has come: a slice of a GPU at the first rung, a whole one at the top. */
import { z } from 'zod';
import { intOrString, mapList, setList } from './schema.ts';

const quantities = z.record(z.string().max(253), intOrString).optional();
const names = z.string().min(1).max(253);

export const resourceProfiles = mapList(
  z.strictObject({
    fromLevel: z.int().min(1).describe('For Jobs that train towards this resource level or a higher one.'),
    limits: quantities.describe('Limits of the primary container, over those of the template.'),
    requests: quantities.describe('Requests of the primary container, over those of the template.'),
    remove: setList(names, { max: 32 })
      .optional()
      .describe('Names of resources the primary container no longer asks for, such as nvidia.com/mig-1g.10gb.'),
  }),
  'fromLevel',
  { min: 1, max: 32 },
)
  .optional()
  .describe(
    'Resources by how far a trial has come: of the profiles that apply, the one with the highest fromLevel. Needs trials that pause with pause: Exit, since a running pod cannot change. What a trial costs counts as long as it takes, whatever it runs on.',
  );
