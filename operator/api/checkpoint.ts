/** Where trials keep what they need to continue later, how long it is kept, and how they are paused. */
import { z } from 'zod';

export const checkpoint = z
  .strictObject({
    claimName: z.string().min(1).max(253).describe('An existing PersistentVolumeClaim that all trials mount.'),
    mountPath: z
      .string()
      .min(1)
      .max(1024)
      .default('/checkpoint')
      .describe('Where the primary container finds the folder of its trial; also in ABOHB_CHECKPOINT_DIR.'),
  })
  .optional()
  .describe('Where trials keep what they need to continue later. Without it a resumed trial starts over.');

export const pause = z
  .enum(['Exit', 'Signal'])
  .default('Exit')
  .describe(
    'How a trial pauses at a rung, where scheduling is Promotion. Exit: its code ends by itself at ABOHB_UNTIL, and a new Job continues it. Signal: its code trains on; unless it may go on at once, its Job is deleted at the rung: SIGTERM, then the time terminationGracePeriodSeconds gives it to write its checkpoint.',
  );
