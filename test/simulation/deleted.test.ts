/** A user who deletes Trials: what they were is forgotten, what they were called is not given again. */
import { expect, test } from 'vitest';
import { ALGORITHM_NAMES } from '../../operator/api/algorithm.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { refOf } from '../../operator/kube/cluster.ts';
import { aStudy } from '../builders.ts';
import { NO_FAULTS } from './faults.ts';
import { LUCKY } from './misfortunes.ts';
import { type Hands, simulate } from './world.ts';

/** The first, one from the middle, and the last there is, twenty seconds apart. Their numbers. */
async function deleteThree({ store, time, deleted }: Hands): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (const pick of [0, 0.5, 1]) {
    await time.sleep(20_000);
    const trials = store.objects(TRIAL).toSorted((a, b) => a.spec.number - b.spec.number);
    const trial = trials[Math.floor(pick * (trials.length - 1))];
    if (!trial) continue;
    numbers.push(trial.spec.number);
    deleted();
    await store.delete(TRIAL, refOf(trial));
  }
  return numbers;
}

test.each(ALGORITHM_NAMES)(
  'with %s a Study ends as it would, without the Trials somebody has deleted',
  async (name) => {
    const study = aStudy({ algorithm: { [name]: {} }, limits: { maxTrials: 20 }, parallelism: 4 });
    let gone: readonly number[] = [];
    const user = async (hands: Hands): Promise<void> => {
      gone = await deleteThree(hands);
    };
    const { broken, world } = await simulate({ seed: 1, study, faults: NO_FAULTS, misfortunes: LUCKY, user });
    expect(broken).toEqual([]);
    expect(world.study.status?.trials?.created).toBe(20);
    const all = Array.from({ length: 20 }, (_, i) => i + 1);
    const left = world.trials.map(({ spec }) => spec.number).sort((a, b) => a - b);
    expect(left).toEqual(all.filter((number) => !gone.includes(number)));
  },
);
