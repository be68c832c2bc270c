/** Random studies of the engine and random histories of their trials: reports, losses, failures, ends. */
import fc from 'fast-check';
import { decide } from '../src/decide.ts';
import type { Algorithm, Fault, Study, Trial } from '../src/model.ts';
import { type Rng, stream } from '../src/rng.ts';
import { createScheduler } from '../src/scheduling/scheduler.ts';
import { engineAlgorithmOf, SMALL_ALGORITHMS } from './algorithms.ts';
import { anEngineStudy, applied, hyperband, someAbohb } from './builders.ts';

/** Every algorithm with every option, small. */
export function someStudies(): fc.Arbitrary<Study> {
  const asha = fc
    .record({
      scheduling: fc.constantFrom('Stopping', 'Promotion'),
      reductionFactor: fc.constantFrom(2, 3),
      brackets: fc.integer({ min: 1, max: 3 }),
      rungs: fc.constantFrom('Shared', 'PerBracket'),
      rule: fc.constantFrom('Quantile', 'TopK', 'CostAware'),
      thresholds: fc.constantFrom('None', 'InitialTrials'),
      maxResource: fc.constantFrom('Fixed', 'Growing'),
    })
    .map(hyperband);
  return fc
    .record({
      seed: fc.nat(1000),
      goal: fc.constantFrom('Minimize', 'Maximize'),
      algorithm: fc.oneof({ arbitrary: asha, weight: 6 }, fc.constantFrom<Algorithm>(...OTHERS)),
      parallelism: fc.integer({ min: 1, max: 5 }),
      initialTrials: fc.constantFrom(undefined, [], [{ lr: 0.3 }, { lr: 0.02 }]),
      maxTrials: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    })
    .map(anEngineStudy);
}

const OTHERS: readonly Algorithm[] = [
  ...SMALL_ALGORITHMS.map(([, algorithm]) => engineAlgorithmOf(algorithm)),
  { type: 'bohb', scheduling: 'Stopping', reductionFactor: 3 },
  { type: 'bohb', scheduling: 'Synchronous', reductionFactor: 3 },
  { type: 'regularizedEvolution', population: 2, sample: 2 },
  someAbohb({ observations: 'All', pending: 'EveryUnit', brackets: 2 }),
  someAbohb({ observations: 'Rungs', scheduling: 'Promotion', brackets: 3 }),
  someAbohb({ bracketDistribution: 'Learned', brackets: 3 }),
  { type: 'hyperband', reductionFactor: 3 },
  { type: 'hyperband', reductionFactor: 2, brackets: 2 },
];

interface HistoryOptions {
  readonly seed: number;
  /** How many things happen. */
  readonly steps: number;
}

/** The trials before each round of decisions; between rounds one thing happens to one of them. */
export function* aHistory(study: Study, { seed, steps }: HistoryOptions): Generator<readonly Trial[]> {
  const rng = stream(seed, 'history', 0);
  let trials: readonly Trial[] = [];
  for (let now = 1; now <= steps; now++) {
    yield trials;
    trials = applied(trials, decide({ study, trials }));
    const running = trials.filter(({ state }) => state === 'Active');
    const chosen = running[rng.int(Math.max(1, running.length))];
    if (chosen) trials = trials.map((trial) => (trial === chosen ? happened(study, trial, { rng, now }) : trial));
  }
  yield trials;
}

const FAULTS: readonly Fault[] = ['Infeasible', 'Diverged', 'Crashed'];

/** What was decided about it takes effect; else it reports at a next level, now and then leaving some out, or fails. */
function happened(study: Study, trial: Trial, { rng, now }: { rng: Rng; now: number }): Trial {
  if (trial.decisions.at(-1)?.kind === 'Stop') return { ...trial, state: 'Stopped' };
  const luck = rng.uniform();
  if (luck < 0.05) return { ...trial, state: 'Failed', fault: FAULTS[Math.floor(luck * 80)] };
  const { max } = study.resource;
  const target = createScheduler(study).pauses ? trial.until : max;
  const reached = trial.observations.at(-1)?.resource ?? 0;
  if (reached >= target) return { ...trial, state: reached >= max ? 'Completed' : 'Paused' };
  const resource = Math.min(target, reached + 1 + rng.int(3));
  const seconds = (trial.observations.at(-1)?.seconds ?? 0) + rng.uniform();
  return { ...trial, observations: [...trial.observations, { resource, value: rng.uniform(), at: now, seconds }] };
}
