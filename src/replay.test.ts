import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial, applied, hyperband, someAbohb } from '../test/builders.ts';
import { aHistory, someStudies } from '../test/history.ts';
import { decide } from './decide.ts';
import type { DecisionKind, Recorded, Study, Trial } from './model.ts';
import { replay } from './replay.ts';

const STEPS = 60;

function history(study: Study, seed: number): readonly Trial[] {
  const trials = [...aHistory(study, { seed, steps: STEPS })].at(-1) ?? [];
  return applied(trials, decide({ study, trials }));
}

const total = (trials: readonly Trial[]): number => trials.reduce((sum, { decisions }) => sum + decisions.length, 0);

/** The trials with the decision of this number changed; dropped where `change` gives nothing. */
function tampered(
  trials: readonly Trial[],
  seq: number,
  change: (recorded: Recorded) => Recorded | undefined,
): readonly Trial[] {
  return trials.map((trial) => ({
    ...trial,
    decisions: trial.decisions.flatMap((recorded) => (recorded.seq === seq ? (change(recorded) ?? []) : recorded)),
  }));
}

describe('replay', () => {
  test('agrees with every decision of every history', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        const trials = history(study, seed);
        expect(replay({ study, trials })).toEqual({ agreed: total(trials), disagreement: undefined });
      }),
      { numRuns: 60 },
    );
  });

  test('agrees where brackets are learned from the trials', () => {
    for (const scheduling of ['Stopping', 'Promotion'] as const) {
      const algorithm = someAbohb({ bracketDistribution: 'Learned', brackets: 3, scheduling, observations: 'Rungs' });
      const study = anEngineStudy({ algorithm, parallelism: 4 });
      const trials = [...aHistory(study, { seed: 2, steps: 80 })].at(-1) ?? [];
      expect(replay({ study, trials })).toEqual({ agreed: total(trials), disagreement: undefined });
      const drawn = replay({
        study: { ...study, algorithm: { ...algorithm, bracketDistribution: 'Hyperband' } },
        trials,
      });
      expect(drawn.disagreement?.recomputed).toMatch(/^start .* in bracket/);
    }
  });

  test('notices every single decision that is missing', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        const trials = history(study, seed);
        for (let seq = 1; seq < total(trials); seq++) {
          const { disagreement } = replay({ study, trials: tampered(trials, seq, () => undefined) });
          expect(disagreement?.recomputed).toContain(`decision ${seq} comes next`);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('notices every single decision that is another', () => {
    const kinds: readonly DecisionKind[] = ['Continue', 'Pause', 'Promote', 'Stop', 'Complete', 'Fail'];
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), fc.constantFrom(...kinds), (study, seed, kind) => {
        const trials = history(study, seed);
        for (const { seq, kind: before } of trials.flatMap(({ decisions }) => decisions)) {
          if (before === kind || before === 'Start') continue;
          const changed = tampered(trials, seq, (recorded) => ({ ...recorded, kind }));
          // A verdict taken for the end that came after it is only seen at that end.
          const { disagreement } = replay({ study, trials: changed });
          expect(disagreement?.seq, `${before} taken for ${kind}`).toBeGreaterThanOrEqual(seq);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('notices every configuration, bracket and level that is another', () => {
    fc.assert(
      fc.property(someStudies(), fc.maxSafeNat(), (study, seed) => {
        const trials = history(study, seed);
        for (const trial of trials) {
          const other = trials.map((t) => (t === trial ? { ...t, config: { lr: 0.5 } } : t));
          expect(replay({ study, trials: other }).disagreement?.seq).toBe(trial.decisions[0]?.seq);
          const elsewhere = trials.map((t) => (t === trial ? { ...t, bracket: t.bracket + 1 } : t));
          expect(replay({ study, trials: elsewhere }).disagreement?.seq).toBe(trial.decisions[0]?.seq);
          for (const { seq, level } of trial.decisions) {
            if (level === undefined) continue;
            const changed = tampered(trials, seq, (recorded) => ({ ...recorded, level: level + 100 }));
            expect(replay({ study, trials: changed }).disagreement?.seq).toBe(seq);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('notices every reason of a model that is another', () => {
    const study = anEngineStudy({ algorithm: { type: 'bohb', scheduling: 'Stopping', reductionFactor: 3 } });
    const trials = history(study, 1);
    const proposed = trials.filter(({ proposal }) => proposal !== undefined);
    expect(proposed.length).toBeGreaterThan(5);
    for (const trial of proposed) {
      const other = { ...trial, proposal: { ...trial.proposal!, acquisition: trial.proposal!.acquisition + 0.001 } };
      const { disagreement } = replay({ study, trials: trials.map((own) => (own === trial ? other : own)) });
      expect(disagreement?.seq).toBe(trial.decisions[0]?.seq);
      expect(disagreement?.recomputed).toContain(`(Model ${JSON.stringify(trial.proposal)})`);
      const random = trials.map((own) => (own === trial ? { ...own, origin: 'Random' as const } : own));
      expect(replay({ study, trials: random }).disagreement?.seq).toBe(trial.decisions[0]?.seq);
      const silent = trials.map((own) => (own === trial ? { ...own, proposal: undefined } : own));
      expect(replay({ study, trials: silent }).disagreement).toBeUndefined();
    }
  });

  test('takes the end of a study for what it is: a stop at no rung', () => {
    const study = anEngineStudy({ parallelism: 1, algorithm: hyperband() });
    const [first] = history(study, 1);
    const { config, origin } = first!;
    const only = anEngineTrial(1, { config, origin, state: 'Stopped' });
    const trials = [{ ...only, decisions: [...only.decisions, { seq: 2, kind: 'Stop' as const }] }];
    expect(replay({ study, trials })).toEqual({ agreed: 2, disagreement: undefined });
  });

  test('says in words what is on record and what the rules say', () => {
    const study = anEngineStudy({ parallelism: 1, open: true });
    const [trial] = history({ ...study, maxTrials: 1 }, 3);
    const upset = tampered([trial!], 2, (recorded) => ({ ...recorded, kind: 'Stop' }));
    expect(replay({ study, trials: upset }).disagreement).toEqual({
      seq: 2,
      trial: 1,
      recorded: 'Stop at 1',
      recomputed: expect.stringMatching(/^Continue at 1 with 0\.\d+$/),
    });
  });
});
