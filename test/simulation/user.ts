/** A user with restless hands: edits, suspends, deletes pods and Jobs, each at a random moment. */
import { STUDY, type Study } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { isKubeError, refOf } from '../../operator/kube/cluster.ts';
import { type Rng, stream } from '../../src/rng.ts';
import type { Hands } from './world.ts';

type Deed = (hands: Hands, rng: Rng) => Promise<void>;

async function edit({ store }: Hands, change: (spec: Study['spec']) => Partial<Study['spec']>): Promise<void> {
  const [study] = store.objects(STUDY);
  if (!study) return;
  try {
    await store.update(STUDY, { ...study, spec: { ...study.spec, ...change(study.spec) } });
  } catch (error) {
    if (!isKubeError(error, 'Conflict', 'Invalid')) throw error; // as kubectl would say, and nothing happens
  }
}

const DEEDS: Readonly<Record<string, Deed>> = {
  'changes parallelism': (hands, rng) => edit(hands, () => ({ parallelism: 1 + rng.int(6) })),

  'changes maxTrials': (hands, rng) =>
    edit(hands, ({ limits }) => ({
      limits: { ...limits, maxTrials: Math.max(1, (limits.maxTrials ?? 3) - 2 + rng.int(5)) },
    })),

  'suspends for a while': async (hands, rng) => {
    await edit(hands, () => ({ suspend: true }));
    await hands.time.sleep(rng.uniform() * 300_000);
    await edit(hands, () => ({ suspend: false }));
  },

  'deletes a pod': async ({ trainer }, rng) => {
    const pods = trainer.running;
    const pod = pods[rng.int(Math.max(1, pods.length))];
    if (pod) await trainer.losePod(pod);
  },

  'deletes a Job': async ({ store, trainer, kind }, rng) => {
    const jobs = store.objects(kind).filter(({ metadata }) => !metadata.deletionTimestamp);
    const job = jobs[rng.int(Math.max(1, jobs.length))];
    if (!job) return;
    trainer.lost += 1;
    await store.delete(kind, refOf(job));
  },
};

/** Drawn on its own, so that seeds keep the other deeds they had. */
const deletesTrial: Deed = async (hands, rng) => {
  const trials = hands.store.objects(TRIAL);
  const trial = trials[rng.int(Math.max(1, trials.length))];
  if (!trial) return;
  hands.deleted();
  await hands.store.delete(TRIAL, refOf(trial), rng.uniform() < 0.3 ? { propagation: 'Foreground' } : {});
};

/** Up to four deeds within ten minutes. */
export function restless(seed: number): (hands: Hands) => Promise<void> {
  const rng = stream(seed, 'user', 0);
  const deeds = Array.from({ length: rng.int(5) }, () => Object.values(DEEDS)[rng.int(Object.keys(DEEDS).length)]);
  return async (hands) => {
    for (const deed of deeds) {
      await hands.time.sleep(rng.uniform() * 150_000);
      await deed?.(hands, rng);
      if (rng.uniform() < 0.15) await deletesTrial(hands, rng);
    }
  };
}
