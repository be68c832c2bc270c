/** Wherever the reports are, and whatever goes wrong on their way: the same reports, each once. */
import { expect, test } from 'vitest';
import type { Trial } from '../../operator/api/trial.ts';
import { aStudy } from '../builders.ts';
import { NO_FAULTS } from './faults.ts';
import { LUCKY } from './misfortunes.ts';
import { randomFaults } from './random.ts';
import { simulate } from './world.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

const sources = {
  log: { log: {}, additional: ['loss'] },
  annotation: { annotation: {}, additional: ['loss'] },
  sidecar: { file: { path: '/metrics/train.jsonl' }, additional: ['loss'] },
};

/** Which trial reported what; not when, for a restarted operator may see an annotation late. */
function reports(trials: readonly Trial[]): unknown {
  return trials.map(({ status }) => [
    status?.observations?.map(({ resource, value, additional }) => [resource, value, additional]),
    status?.usage?.resource,
  ]);
}

test.each(SEEDS)('seed %i: log, annotation and sidecar, calm or rough, tell the same', async (seed) => {
  const told = async (metrics: object, isRough: boolean): Promise<unknown> => {
    const study = aStudy({ metrics, algorithm: { randomSearch: {} }, seed, limits: { maxTrials: 6 } });
    const faults = isRough ? { ...randomFaults(seed), crash: 0.02, drop: 0.1 } : NO_FAULTS;
    const { broken, world } = await simulate({ seed, study, faults, misfortunes: LUCKY });
    expect(broken).toEqual([]);
    return reports(world.trials);
  };
  const calm = await told(sources.log, false);
  expect(await told(sources.log, true)).toEqual(calm);
  expect(await told(sources.annotation, true)).toEqual(calm);
  expect(await told(sources.sidecar, true)).toEqual(calm);
});
