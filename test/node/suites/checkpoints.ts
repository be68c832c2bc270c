/** Folders for checkpoints on a real volume. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkpointFolder } from '../../../operator/objects/checkpoint.ts';
import { until } from '../../cluster/harness/wait.ts';
import { CLAIM, type Ring } from '../harness/ring.ts';
import { studyOf, TRAINER, trainer, WITH_CHECKPOINTS } from '../harness/study.ts';

const CLEANED_WITHIN_MS = 60_000;

export function checkpoints(ring: () => Ring): void {
  test.concurrent('a trial that pauses by signal saves in its grace period, and goes on from there in a new Job', async () => {
    const home = await ring().home('paused');
    const container = { image: ring().images.training, script: trainer('saves-when-told') };
    // The second is among the best third only when five are known.
    const initialTrials = [0.5, 0.6, 0.7, 0.8, 0.9].map((x) => ({ x }));
    const algorithm = { asynchronousHyperband: { scheduling: 'Promotion' } };
    const metrics = { file: { path: '/metrics/train.jsonl' } };
    const spec = { ...WITH_CHECKPOINTS, pause: 'Signal', algorithm, metrics, initialTrials, limits: { maxTrials: 5 } };
    await ring().apply(home, studyOf({ container, spec }));
    const { trials } = await ring().ended(home);
    const second = trials.find(({ spec }) => spec.number === 2);
    const notes = second && readFileSync(join(home.folder, checkpointFolder(second), 'notes'), 'utf8').split('\n');
    expect(notes?.slice(0, 4)).toEqual(['begins at 0', 'is told to end at 2', 'has saved 2', 'begins at 2']);
    expect(second?.status?.attempts?.slice(0, 2)).toMatchObject([
      { job: 'study-0002-1', outcome: 'Paused', until: 1 },
      { job: 'study-0002-2', from: 2 },
    ]);
  });

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
