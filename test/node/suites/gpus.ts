/** Who holds a GPU: nobody who waits or was stopped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Trial } from '../../../operator/api/trial.ts';
import { checkpointFolder } from '../../../operator/objects/checkpoint.ts';
import { stateOf } from '../../../operator/observe.ts';
import type { Home, Ring } from '../harness/ring.ts';
import { studyOf, TRAINER, WITH_CHECKPOINTS } from '../harness/study.ts';

/** More than half of the node's: one that were not given back would be missed. */
const GPUS_EACH = 5;

export function gpus(ring: () => Ring): void {
  test.concurrent('a stopped trial is told to end, and the next one gets its GPUs', async () => {
    const home = await ring().home('stopped');
    const limits = { 'nvidia.com/gpu': GPUS_EACH };
    const container = { image: ring().images.training, script: TRAINER, limits };
    const initialTrials = [{ x: 0 }, { x: 0.8 }, { x: 0.9 }];
    const spec = { ...WITH_CHECKPOINTS, initialTrials, limits: { maxTrials: 3 } };
    await ring().apply(home, studyOf({ container, spec }));
    const { trials } = await ring().ended(home);
    const stopped = trials.filter(({ status }) => stateOf(status) === 'Stopped');
    expect(stopped.map(({ metadata }) => metadata.name)).toEqual(['study-0002', 'study-0003']);
    for (const { metadata, status } of stopped) {
      expect(toldToEndAt(home, metadata)).toBeLessThanOrEqual(2);
      expect(status?.attempts).toMatchObject([{ outcome: 'Stopped', gpus: GPUS_EACH }]);
    }
    expect(trials.every(({ status }) => (status?.usage?.gpuSeconds ?? 0) > 0)).toBe(true);
  });
}

/** The epoch at which the trial's container noted that it was told to end. */
function toldToEndAt({ folder }: Home, metadata: Trial['metadata']): number {
  return Number(readFileSync(join(folder, checkpointFolder({ metadata }), 'terminated'), 'utf8'));
}
