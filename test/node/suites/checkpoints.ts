/** Folders for checkpoints on a real volume. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkpointFolder } from '../../../operator/objects/checkpoint.ts';
import { until } from '../../cluster/harness/wait.ts';
import { CLAIM, type Ring } from '../harness/ring.ts';
import { studyOf, TRAINER } from '../harness/study.ts';

const CLEANED_WITHIN_MS = 60_000;

export function checkpoints(ring: () => Ring): void {
  test.concurrent('those that are not to be kept are removed, by a Job with the rights of the trials', async () => {
    const home = await ring().home('kept');
    const spec = {
      checkpoint: { claimName: CLAIM, retain: 'Best' },
      algorithm: { randomSearch: {} },
      initialTrials: [{ x: 0.4 }, { x: 0.1 }, { x: 0.2 }],
      limits: { maxTrials: 3 },
      parallelism: 3,
    };
    await ring().apply(home, studyOf({ container: { image: ring().images.training, script: TRAINER }, spec }));
    const { trials } = await ring().ended(home);
    const best = trials.find((trial) => trial.spec.parameters['x'] === 0.1);
    const kept = best && checkpointFolder(best);
    await until(
      'only the best checkpoint is left',
      () => readdirSync(home.folder).length === 1 && readdirSync(home.folder)[0] === kept,
      CLEANED_WITHIN_MS,
    );
    expect(readdirSync(home.folder)).toEqual([kept]);
  });
}
