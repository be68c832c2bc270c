/** The whole operator under virtual time: what a user does meanwhile, and what does not depend on faults. */
import { describe, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL, type Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import { stateOf } from '../../operator/observe.ts';
import { aStudy } from '../builders.ts';
import { NO_FAULTS } from './faults.ts';
import { LUCKY } from './misfortunes.ts';
import { randomFaults } from './random.ts';
import { INFEASIBLE } from './trainer.ts';
import { type Result, type Scenario, simulate } from './world.ts';

// Not by improvement per cost: what goes wrong takes time.
const TIMELESS = [{ asynchronousHyperband: {} }, { abohb: { acquisition: 'ExpectedImprovement' } }];

describe.each(TIMELESS)('one at a time, what %j decides does not depend on what went wrong', (algorithm) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('seed %i: the same trials, stopped at the same rungs', async (seed) => {
    const study = aStudy({ algorithm, parallelism: 1, seed, limits: { maxTrials: 15 }, resource: { max: 27 } });
    const calm = await simulate({ seed, study, faults: NO_FAULTS, misfortunes: LUCKY });
    const rough = await simulate({
      seed,
      study,
      faults: { ...randomFaults(seed), crash: 0.02 },
      misfortunes: { ...LUCKY, lose: 0.2 },
    });
    expect([...calm.broken, ...rough.broken]).toEqual([]);
    expect(story(rough)).toEqual(story(calm));
  });
});

test('a Study searched by a model keeps on its Trials why each configuration was proposed', async () => {
  const study = aStudy({
    objective: { metric: 'val_error', goal: 'Maximize' },
    algorithm: { abohb: { initialRandom: 3, fantasies: 2 } },
  });
  const { broken, world } = await simulate({ seed: 1, study, faults: NO_FAULTS, misfortunes: LUCKY });
  expect(broken).toEqual([]);
  const isExplained = ({ spec }: Trial): boolean => spec.proposal?.mean !== undefined;
  const proposed = world.trials.filter(({ spec }) => spec.origin === 'Model');
  expect(proposed.length).toBeGreaterThan(5);
  expect(world.trials.filter(isExplained)).toEqual(proposed);
  // Values are positive, and so are predictions, though models minimise.
  for (const { spec } of proposed)
    expect(Math.min(spec.proposal?.acquisition ?? -1, spec.proposal?.mean ?? -1)).toBeGreaterThan(0);
});

test.each([1, 2, 3])(
  'seed %i: in a busy Study free slots are filled while others are being decided on',
  async (seed) => {
    const study = aStudy({
      algorithm: { asynchronousHyperband: {} },
      resource: { max: 27 },
      parallelism: 16,
      limits: { maxTrials: 64 },
    });
    const { broken, world } = await simulate({ seed, study, faults: { ...NO_FAULTS, slow: 0.5 }, misfortunes: LUCKY });
    expect(broken).toEqual([]);
    // Started in waves only when nothing else is to be decided, they would be five or six.
    expect(new Set(world.trials.map(({ spec }) => spec.decisions[0]?.at)).size).toBeGreaterThanOrEqual(8);
  },
);

/** What was tried, how far it went and what became of it. */
function story({ world }: Result): unknown {
  return world.trials.map(({ spec, status }) => ({
    parameters: spec.parameters,
    // Code may come to its end before it hears that it is to stop.
    state: spec.stop ? 'Stopped' : stateOf(status),
    decisions: spec.decisions.map(({ kind, level }) => `${kind} ${level ?? ''}`),
  }));
}

describe('what a user does meanwhile', () => {
  const edit =
    (patch: Readonly<Record<string, unknown>>, afterMs: number): NonNullable<Scenario['user']> =>
    async ({ store, time }) => {
      await time.sleep(afterMs);
      const [study] = store.objects(STUDY);
      if (study) await store.update(STUDY, { ...study, spec: { ...study.spec, ...patch } });
    };
  const calm = { faults: NO_FAULTS, misfortunes: LUCKY, seed: 7 };
  const reason = ({ world }: Result): unknown => condition(world.study.status?.conditions, 'Succeeded')?.reason;

  test('raising maxTrials of a finished Study reopens it', async () => {
    const user = edit({ limits: { maxTrials: 20 } }, 3600_000);
    const result = await simulate({ ...calm, study: aStudy({ limits: { maxTrials: 6 } }), user });
    expect([result.broken, result.world.trials.length, reason(result)]).toEqual([[], 20, 'MaxTrialsReached']);
  });

  test('raising parallelism starts more trials at once', async () => {
    const user = edit({ parallelism: 6 }, 5_000);
    const result = await simulate({ ...calm, study: aStudy({ parallelism: 1 }), user });
    expect(result.broken).toEqual([]);
    expect(result.peak).toBeGreaterThan(3);
  });

  test('lowering parallelism stops nothing, and starts nothing until few enough run', async () => {
    const user = edit({ parallelism: 1 }, 20_000);
    const result = await simulate({ ...calm, study: aStudy({ parallelism: 6, limits: { maxTrials: 20 } }), user });
    const stopped = result.world.trials.filter(({ spec }) => spec.stop && spec.stop.reason !== 'StoppedByScheduler');
    expect([stopped, result.world.trials.length, reason(result)]).toEqual([[], 20, 'MaxTrialsReached']);
    expect(result.broken).toEqual([]);
  });

  test('lowering maxTrials below what exists lets what runs end, and the Study with it', async () => {
    const user = edit({ limits: { maxTrials: 2 } }, 20_000);
    const result = await simulate({ ...calm, study: aStudy({ limits: { maxTrials: 50 } }), user });
    expect(result.world.trials.length).toBeLessThan(20);
    expect([reason(result), result.broken]).toEqual(['MaxTrialsReached', []]);
  });

  test('GPU hours that are used up end a Study', async () => {
    const container = { name: 'train', image: 'train:1', resources: { limits: { 'nvidia.com/gpu': 2 } } };
    const trialTemplate = { spec: { template: { spec: { containers: [container] } } } };
    const study = aStudy({ trialTemplate, limits: { maxTrials: 1000, maxGPUHours: 0.05 } });
    const result = await simulate({ ...calm, study });
    expect([result.broken, reason(result)]).toEqual([[], 'MaxGPUHoursReached']);
    const used = result.world.study.status?.usage?.gpuSeconds ?? 0;
    expect(used).toBeGreaterThan(0.05 * 3600);
    // What is looked at every half minute is exceeded by what three trials use meanwhile.
    expect(used).toBeLessThan(0.05 * 3600 + 3 * 2 * 45);
  });

  test('a Study that ends by its target lets running trials finish where it says so', async () => {
    const study = aStudy({
      objective: { metric: 'val_error', target: 0.9 },
      limits: { maxTrials: 100 },
      onCompletion: { runningTrials: 'Finish' },
      algorithm: { randomSearch: {} },
    });
    const result = await simulate({ ...calm, study });
    expect([result.broken, reason(result)]).toEqual([[], 'TargetReached']);
    expect(result.world.trials.map(({ status }) => stateOf(status))).toEqual(['Completed', 'Completed', 'Completed']);
  });

  test('a target that is reached ends the Study and what still runs', async () => {
    const study = aStudy({ objective: { metric: 'val_error', target: 0.5 }, limits: { maxTrials: 100 } });
    const result = await simulate({ ...calm, study });
    expect([result.broken, reason(result)]).toEqual([[], 'TargetReached']);
    expect(result.world.trials.length).toBeLessThan(100);
    expect(result.world.study.status?.best?.value).toBeLessThanOrEqual(0.5);
  });

  test('maxDuration ends a Study by time', async () => {
    const study = aStudy({ limits: { maxTrials: 1000, maxDuration: '2m' } });
    const result = await simulate({ ...calm, study });
    expect([result.broken, reason(result)]).toEqual([[], 'MaxDurationReached']);
  });

  test('too many failed trials fail the Study', async () => {
    const study = aStudy({ limits: { maxTrials: 50, maxFailedTrials: 3 } });
    const result = await simulate({ ...calm, study, misfortunes: { ...LUCKY, crash: 1 } });
    expect([result.broken, reason(result)]).toEqual([[], 'TooManyFailures']);
  });

  test('a suspended Study runs nothing, and goes on when it is resumed', async () => {
    const user: Scenario['user'] = async (hands) => {
      const { store, time } = hands;
      await edit({ suspend: true }, 20_000)(hands);
      await time.sleep(60_000);
      expect(store.objects(STUDY)[0]?.status?.trials?.running).toBe(0);
      await edit({ suspend: false }, 60_000)(hands);
    };
    const result = await simulate({ ...calm, study: aStudy(), user });
    expect([result.broken, result.world.trials.length, reason(result)]).toEqual([[], 12, 'MaxTrialsReached']);
  });

  test('a space of hardly any different numbers is tried to its end', async () => {
    const parameters = [{ name: 'x', float: { min: 1, max: 1.0000002 } }];
    const result = await simulate({ ...calm, study: aStudy({ parameters, limits: { maxTrials: 100 } }) });
    expect([result.broken, reason(result)]).toEqual([[], 'SpaceExhausted']);
    expect(result.world.trials.length).toBeLessThan(5);
  });

  test('a small space is tried to its end', async () => {
    const parameters = [{ name: 'op', categorical: { values: ['a', 'b', 'c', 'd'] } }];
    const result = await simulate({ ...calm, study: aStudy({ parameters, limits: { maxTrials: 100 } }) });
    expect([result.broken, result.world.trials.length, reason(result)]).toEqual([[], 4, 'SpaceExhausted']);
  });
});

describe('trials that fail', () => {
  const calm = { faults: NO_FAULTS, misfortunes: LUCKY, seed: 7 };
  const failures = ({ world }: Result): unknown => world.study.status?.failures;

  test('because their configuration cannot be trained do not fail the Study', async () => {
    const study = aStudy({
      failures: { infeasibleExitCodes: [INFEASIBLE] },
      limits: { maxTrials: 8, maxFailedTrials: 0 },
    });
    const result = await simulate({ ...calm, study, misfortunes: { ...LUCKY, infeasible: 0.5 } });
    expect([result.broken, condition(result.world.study.status?.conditions, 'Succeeded')?.reason]).toEqual([
      [],
      'MaxTrialsReached',
    ]);
    expect(failures(result)).toEqual([
      { class: 'Infeasible', trials: expect.any(Number), attempts: expect.any(Number) },
    ]);
  });

  test('for want of memory are tried again as often as the Study says', async () => {
    const study = aStudy({ failures: { retries: { outOfMemory: 2 } }, algorithm: { randomSearch: {} } });
    const result = await simulate({ ...calm, study, misfortunes: { ...LUCKY, outOfMemory: 1 } });
    expect(result.broken).toEqual([]);
    for (const { status } of result.world.trials) {
      if (stateOf(status) === 'Failed') expect(status?.attempts).toHaveLength(3);
    }
  });

  test('to start, one after the other, stall the Study until it is resumed', async () => {
    const seen: unknown[] = [];
    const user: Scenario['user'] = async (hands) => {
      const { store, time } = hands;
      // Two more were started before the third had failed.
      await time.sleep(20 * 60_000);
      const stalled = condition(store.objects(STUDY)[0]?.status?.conditions, 'Stalled');
      seen.push(stalled?.status, stalled?.reason, store.objects(TRIAL).length);
    };
    const study = aStudy({ limits: { maxTrials: 6 }, parallelism: 3 });
    const result = await simulate({ ...calm, study, user, misfortunes: { ...LUCKY, stuck: 1 } });
    expect(seen).toEqual(['True', 'TrialsCannotStart', 5]);
    expect(result.broken).toEqual([]);
    expect(failures(result)).toEqual([{ class: 'StartFailed', trials: 6, attempts: 6 }]);
  });
});

test.each(['Completed', 'Best', 'None'])('checkpoints are removed as the Study says: retain %s', async (retain) => {
  const study = aStudy({
    algorithm: { asynchronousHyperband: { scheduling: 'Promotion' } },
    checkpoint: { claimTemplate: { spec: {} }, retain },
  });
  const result = await simulate({ seed: 3, study, faults: randomFaults(3), misfortunes: { ...LUCKY, crash: 0.1 } });
  expect(result.broken).toEqual([]);
  const { best, bestFinal } = result.world.study.status ?? {};
  const isKept = ({ metadata, status }: Trial): boolean => {
    if (stateOf(status) === 'Paused') return true;
    if (retain === 'Best') return [best?.trial, bestFinal?.trial].includes(metadata.name);
    return retain === 'Completed' && stateOf(status) === 'Completed';
  };
  for (const trial of result.world.trials) expect(trial.status?.checkpointRemoved ?? false).toBe(!isKept(trial));
});
