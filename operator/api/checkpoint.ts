/** Where trials keep what they need to continue later, how long it is kept, and how they are paused. */
import { z } from 'zod';
import { open, withRules } from './schema.ts';

const texts = z.record(z.string(), z.string());

const claimTemplate = z.strictObject({
  metadata: z
    .strictObject({
      labels: texts.optional().describe('Labels.'),
      annotations: texts.optional().describe('Annotations.'),
    })
    .optional()
    .describe('Labels and annotations of the claim.'),
  spec: open(z.looseObject({})).describe('A PersistentVolumeClaimSpec, such as {accessModes, resources}.'),
});

export const checkpoint = withRules(
  z.strictObject({
    claimName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('An existing PersistentVolumeClaim that all trials mount.'),
    claimTemplate: claimTemplate
      .optional()
      .describe(
        'A PersistentVolumeClaim made for this Study, named <study>-checkpoints. It stays when the Study is deleted, but with retain: None.',
      ),
    mountPath: z
      .string()
      .min(1)
      .max(1024)
      .default('/checkpoint')
      .describe('Where the primary container finds the folder of its trial; also in ABOHB_CHECKPOINT_DIR.'),
    retain: z
      .enum(['All', 'Completed', 'Best', 'None'])
      .default('All')
      .describe(
        'Whose folders are kept once their trial has ended: all, those of trials trained to the end, those of the best trials (status.best and status.bestFinal), or none. Folders of trials that may go on, paused ones included, are always kept. Others are removed by a short Job from the operator’s image.',
      ),
  }),
  {
    cel: 'has(self.claimName) != has(self.claimTemplate)',
    message: 'checkpoint needs exactly one of claimName, claimTemplate',
    found: ({ claimName, claimTemplate: template }) => (claimName && template ? 'both' : 'neither'),
    holds: ({ claimName, claimTemplate: template }) => (claimName === undefined) !== (template === undefined),
  },
)
  .optional()
  .describe(
    'Where trials keep what they need to continue later, each in a folder of its own. Without it a resumed trial starts over.',
  );

export const pause = z
  .enum(['Exit', 'Signal'])
  .default('Exit')
  .describe(
    'How a trial pauses at a rung, where scheduling is Promotion. Exit: its code ends by itself at ABOHB_UNTIL, and a new Job continues it. Signal: its code trains on; unless it may go on at once, its Job is deleted at the rung: SIGTERM, then the time terminationGracePeriodSeconds gives it to write its checkpoint.',
  );
