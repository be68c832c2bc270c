import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial, applied, hyperband } from '../test/builders.ts';
import { aHistory, someStudies } from '../test/history.ts';
import { decide, schedule } from './decide.ts';
import type { Decision, Observation, Study, Trial } from './model.ts';

/** Trials 1, 2, … that have just been started and reported these values at the first rung, one after the other. */
function reported(...values: readonly number[]): readonly Trial[] {
  return values.map((value, i) => anEngineTrial(i + 1, { observations: [{ resource: 1, value, at: i }] }));
}

/** Room for nothing new: only what is there is decided about. */
const full = (study: Partial<Study> = {}): Study => anEngineStudy({ open: false, ...study });

/** Such as "Stop 3 at 1". */
const short = (decision: Decision): string =>
  'level' in decision
    ? `${decision.kind} ${decision.trial} at ${decision.level}`
    : `${decision.kind} ${decision.trial} to ${decision.until}`;

const decisions = (study: Study, trials: readonly Trial[]): readonly string[] => decide({ study, trials }).map(short);

describe('a free slot', () => {
  test('is filled with a new trial that may run to the first rung', () => {
    const [first] = decide({ study: anEngineStudy({ parallelism: 1 }), trials: [] });
    expect(first).toEqual({
      kind: 'Start',
      seq: 1,
      known: 0,
      trial: 1,
      config: { lr: expect.closeTo(0.01, 12) },
      bracket: 0,
      until: 1,
      origin: 'Initial',
    });
  });

  test('is filled as often as there are slots, with different configurations', () => {
    const started = decide({ study: anEngineStudy({ parallelism: 3 }), trials: [] });
    expect(started.map(short)).toEqual(['Start 1 to 1', 'Start 2 to 1', 'Start 3 to 1']);
    expect(new Set(started.map((s) => JSON.stringify('config' in s && s.config))).size).toBe(3);
  });

  test('stays free while the study is closed', () => {
    expect(decisions(anEngineStudy({ open: false }), [])).toEqual([]);
  });

  test('stays free when maxTrials have been started', () => {
    const study = anEngineStudy({ maxTrials: 2 });
    expect(decisions(study, [anEngineTrial(1)])).toEqual(['Start 2 to 1']);
    expect(schedule({ study, trials: [anEngineTrial(1), anEngineTrial(2)] })).toMatchObject({
      openings: [],
      exhausted: 'MaxTrials',
    });
  });

  test('stays free when the space is exhausted', () => {
    const study = anEngineStudy({
      parameters: [{ name: 'op', type: 'categorical', values: ['a', 'b'] }],
      parallelism: 5,
    });
    const started = decide({ study, trials: [] });
    expect(started.map(short)).toEqual(['Start 1 to 1', 'Start 2 to 1']);
    expect(schedule({ study, trials: applied([], started) }).exhausted).toBe('Space');
  });

  test('is not what a lowered parallelism leaves', () => {
    expect(
      decisions(
        anEngineStudy({ parallelism: 1 }),
        [1, 2, 3].map((n) => anEngineTrial(n)),
      ),
    ).toEqual([]);
  });

  test('goes to a trial that runs straight to the maximum under random search', () => {
    const study = anEngineStudy({ algorithm: { type: 'randomSearch' }, parallelism: 1 });
    expect(decisions(study, [])).toEqual(['Start 1 to 9']);
  });
});

describe('stopping', () => {
  test('stops a trial in the worse two thirds of its rung and lets one in the best third run on', () => {
    expect(decisions(full(), reported(0.5, 0.9, 0.1))).toEqual(['Continue 1 at 1', 'Stop 2 at 1', 'Continue 3 at 1']);
  });

  test('says why', () => {
    expect(decide({ study: full(), trials: reported(0.5, 0.9) }).at(-1)).toEqual({
      kind: 'Stop',
      seq: 4,
      trial: 2,
      level: 1,
      until: 1,
      why: { value: 0.9, rank: 2, of: 2, cut: expect.closeTo(0.633, 3) },
    });
  });

  test('prefers large values when maximizing', () => {
    expect(decisions(full({ goal: 'Maximize' }), reported(0.5, 0.1, 0.9))).toEqual([
      'Continue 1 at 1',
      'Stop 2 at 1',
      'Continue 3 at 1',
    ]);
  });

  test('judges in order of observation, whatever the order of the trials', () => {
    const [first, second] = [
      anEngineTrial(1, { observations: [{ resource: 1, value: 0.9, at: 20 }] }),
      anEngineTrial(2, { observations: [{ resource: 1, value: 0.5, at: 10 }] }),
    ];
    expect(decisions(full(), [first, second])).toEqual(['Continue 2 at 1', 'Stop 1 at 1']);
    expect(decisions(full(), [second, first])).toEqual(['Continue 2 at 1', 'Stop 1 at 1']);
  });

  test('judges by trial number what was observed at the same time', () => {
    const at = (number: number, value: number): Trial =>
      anEngineTrial(number, { observations: [{ resource: 1, value, at: 7 }] });
    expect(decisions(full(), [at(2, 0.9), at(1, 0.5)])).toEqual(['Continue 1 at 1', 'Stop 2 at 1']);
  });

  test('takes the first report above a rung for the rung where code reports more rarely', () => {
    const observations = [{ resource: 4, value: 0.3, at: 1 }];
    expect(decisions(full(), [anEngineTrial(1, { observations })])).toEqual(['Continue 1 at 1', 'Continue 1 at 3']);
  });

  test('decides nothing below the first rung', () => {
    const study = full({ resource: { min: 3, max: 27 } });
    expect(decisions(study, [anEngineTrial(1, { until: 3, observations: reported(0.5)[0]!.observations })])).toEqual(
      [],
    );
  });

  test('does not judge a rung twice', () => {
    const [trial] = reported(0.5);
    const known = {
      ...trial!,
      until: 3,
      decisions: [...trial!.decisions, { seq: 2, kind: 'Continue' as const, level: 1 }],
    };
    expect(decisions(full(), [known])).toEqual([]);
  });

  test('decides nothing about a trial that has been stopped', () => {
    const curve: readonly Observation[] = [1, 2, 3, 4].map((resource) => ({ resource, value: 0.9, at: resource }));
    const stopped = anEngineTrial(2, {
      state: 'Stopped',
      observations: curve,
      decisions: [
        { seq: 2, kind: 'Start' },
        { seq: 3, kind: 'Stop', level: 1 },
      ],
    });
    expect(decisions(full(), [anEngineTrial(1), stopped])).toEqual([]);
  });

  test('remembers at a rung what a trial had reported there before it failed', () => {
    const [failed] = applied(
      [{ ...reported(0.1)[0]!, state: 'Failed' }],
      [
        { kind: 'Continue', seq: 2, trial: 1, level: 1, until: 3, why: { value: 0.1, rank: 1, of: 1, cut: undefined } },
        { kind: 'Fail', seq: 3, trial: 1, level: 1 },
      ],
    );
    const late = anEngineTrial(4, { observations: [{ resource: 1, value: 0.5, at: 9 }] });
    expect(decisions(full(), [failed!, late])).toEqual(['Stop 4 at 1']);
  });
});

describe('a trial that ended by itself', () => {
  test('is noted once', () => {
    const study = full();
    const trials = [anEngineTrial(1, { state: 'Failed' })];
    expect(decisions(study, trials)).toEqual(['Fail 1 at 0']);
    expect(decisions(study, applied(trials, decide({ study, trials })))).toEqual([]);
  });

  test('is judged at its rungs first, where it reported', () => {
    const observations = [1, 2, 3].map((resource) => ({ resource, value: 0.5, at: resource }));
    expect(decisions(full(), [anEngineTrial(1, { state: 'Completed', observations })])).toEqual([
      'Continue 1 at 1',
      'Continue 1 at 3',
      'Complete 1 at 3',
    ]);
  });

  test('gives its slot to another', () => {
    const study = anEngineStudy({ parallelism: 1 });
    expect(decisions(study, [anEngineTrial(1, { state: 'Failed' })])).toEqual(['Fail 1 at 0', 'Start 2 to 1']);
  });
});

describe('promotion', () => {
  const study = (more: Partial<Study> = {}): Study =>
    anEngineStudy({ algorithm: hyperband({ scheduling: 'Promotion' }), parallelism: 1, maxTrials: 3, ...more });
  /** As many paused trials, all judged. */
  const paused = (...values: readonly number[]): readonly Trial[] => {
    const trials = reported(...values).map((trial): Trial => ({ ...trial, state: 'Paused' }));
    return applied(trials, decide({ study: study({ open: false }), trials })).map((trial) => ({
      ...trial,
      state: 'Paused',
    }));
  };

  test('pauses every trial at its rung', () => {
    expect(decisions(study({ open: false }), reported(0.5, 0.1))).toEqual(['Pause 1 at 1', 'Pause 2 at 1']);
  });

  test('promotes the best third to the next level when a slot is free', () => {
    const [promoted, ...others] = decide({ study: study(), trials: paused(0.5, 0.1, 0.9) });
    expect(promoted).toMatchObject({ kind: 'Promote', trial: 2, level: 1, until: 3, why: { rank: 1, of: 3 } });
    expect(others).toEqual([]);
  });

  test('starts a new trial where none is good enough yet', () => {
    expect(decisions(study({ maxTrials: 9 }), paused(0.5))).toEqual(['Start 2 to 1']);
  });

  test('never promotes a trial that failed while it waited', () => {
    const trials = paused(0.5, 0.1, 0.9).map(
      (trial): Trial => (trial.number === 2 ? { ...trial, state: 'Failed' } : trial),
    );
    const [noted, ...others] = decisions(study(), trials);
    expect(noted).toBe('Fail 2 at 1');
    expect(others.join()).not.toContain('Promote 2');
  });

  test('promotes nothing while the study is closed', () => {
    expect(decisions(study({ open: false }), paused(0.5, 0.1, 0.9))).toEqual([]);
  });

  test('takes from the highest rung first', () => {
    const high = (number: number, value: number): Trial =>
      anEngineTrial(number, {
        state: 'Paused',
        until: 3,
        observations: [
          { resource: 1, value, at: number },
          { resource: 3, value, at: 10 + number },
        ],
        decisions: [
          { seq: number * 4 - 3, kind: 'Start' },
          { seq: number * 4 - 2, kind: 'Pause', level: 1 },
          { seq: number * 4 - 1, kind: 'Promote', level: 1 },
          { seq: number * 4, kind: 'Pause', level: 3 },
        ],
      });
    expect(decisions(study(), [high(1, 0.1), high(2, 0.2), high(3, 0.3)])).toEqual(['Promote 1 at 3']);
  });
});

describe('brackets', () => {
  const study = anEngineStudy({
    algorithm: hyperband({ brackets: 3 }),
    parallelism: 200,
    resource: { min: 1, max: 9 },
  });

  test('skip the lowest rungs', () => {
    const first = decide({ study, trials: [] }).flatMap((d) => (d.kind === 'Start' ? [[d.bracket, d.until]] : []));
    expect(new Set(first.map(String))).toEqual(new Set(['0,1', '1,3', '2,9']));
  });

  test('share the rungs they have in common', () => {
    const observations = (value: number, at: number): readonly Observation[] => [{ resource: 3, value, at }];
    const good = anEngineTrial(1, { bracket: 1, until: 3, observations: observations(0.1, 1) });
    const bad = anEngineTrial(2, {
      bracket: 0,
      until: 3,
      observations: observations(0.9, 2),
      decisions: [
        { seq: 2, kind: 'Start' },
        { seq: 3, kind: 'Continue', level: 1 },
      ],
    });
    expect(decisions({ ...study, open: false }, [good, bad])).toEqual(['Continue 1 at 3', 'Stop 2 at 3']);
  });
});

describe('in every history of every study', () => {
  test('what was decided has been decided: decisions applied, nobody is left but who may go on where it is', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        for (const trials of aHistory(study, { seed, steps: 40 })) {
          const after = applied(trials, decide({ study, trials }));
          const active = new Set(after.filter(({ state }) => state === 'Active').map(({ number }) => number));
          const rest = decide({ study, trials: after });
          expect(rest.filter(({ kind, trial }) => kind !== 'Promote' || !active.has(trial))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('many slots free at once are filled in at most as many rounds: a promotion waits for the new trial before it', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        for (const trials of aHistory(study, { seed, steps: 40 })) {
          const wider = { ...study, parallelism: study.parallelism + 3 };
          let after = trials;
          for (let round = 0; round < wider.parallelism; round++) {
            after = applied(after, decide({ study: wider, trials: after }));
          }
          expect(decide({ study: wider, trials: after })).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('never more trials hold a slot than parallelism allows', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        for (const trials of aHistory(study, { seed, steps: 40 })) {
          const after = applied(trials, decide({ study, trials }));
          expect(after.filter(({ state }) => state === 'Active').length).toBeLessThanOrEqual(study.parallelism);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('nothing is decided about a trial after its end', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        const trials = [...aHistory(study, { seed, steps: 60 })].at(-1) ?? [];
        for (const { decisions: recorded } of trials) {
          const end = recorded.findIndex(({ kind }) => ['Stop', 'Complete', 'Fail'].includes(kind));
          expect([-1, recorded.length - 1]).toContain(end);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('reports that come all at once are judged as those that came one by one', () => {
    const curves = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(curves, fc.infiniteStream(fc.nat(1000)), (values, gaps) => {
        const study = full();
        const trials = values.map((curve, i) => {
          let at = 0;
          const observations = curve.map((value, epoch) => {
            at += gaps.next().value;
            return { resource: epoch + 1, value, at };
          });
          return anEngineTrial(i + 1, { observations });
        });
        const times = [...new Set(trials.flatMap(({ observations }) => observations.map(({ at }) => at)))].sort(
          (a, b) => a - b,
        );
        const seen = (trial: Trial, now: number): Trial => ({
          ...trial,
          observations: trials[trial.number - 1]!.observations.filter(({ at }) => at <= now),
        });
        let slowly: readonly Trial[] = trials;
        for (const now of times) {
          const known = slowly.map((trial) => seen(trial, now));
          slowly = applied(known, decide({ study, trials: known }));
        }
        const verdicts = (all: readonly Trial[]) =>
          all.map((trial) => trial.decisions.map(({ kind, level }) => `${kind} ${level}`));
        expect(verdicts(slowly)).toEqual(verdicts(applied(trials, decide({ study, trials }))));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a trial that may go on when it reaches its rung', () => {
  const study = anEngineStudy({ parallelism: 2, algorithm: hyperband({ scheduling: 'Promotion' }) });
  const at = (resource: number, value: number) => ({ resource, value, at: 1 });
  const rested = [3, 4, 5].map((number) =>
    anEngineTrial(number, {
      state: 'Paused',
      observations: [at(1, 0.5 + number / 100)],
      decisions: [
        { seq: number, kind: 'Start', known: 0 },
        { seq: number + 3, kind: 'Pause', level: 1 },
      ],
    }),
  );
  const reaches = (value: number) => [anEngineTrial(1), anEngineTrial(2, { observations: [at(1, value)] }), ...rested];
  const kinds = (value: number) =>
    decide({ study, trials: reaches(value) }).map(({ kind, trial }) => `${kind} ${trial}`);

  test('does so at once, in its own slot, though no other is free', () => {
    expect(kinds(0.1)).toEqual(['Pause 2', 'Promote 2']);
  });

  test('gives up its slot before another trial is promoted', () => {
    expect(kinds(0.9)).toEqual(['Pause 2']);
  });
});
