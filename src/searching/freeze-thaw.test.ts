/** What a freeze-thaw search does next: picture by picture, and through whole runs. */
import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial } from '../../test/builders.ts';
import { aHistory } from '../../test/history.ts';
import { answerAll, decide, isStillRight, schedule } from '../decide.ts';
import type { Decision, FreezeThaw, Study, Trial } from '../model.ts';
import { replay } from '../replay.ts';

const freezeThaw: FreezeThaw = {
  type: 'freezeThaw',
  quantum: 3,
  initialRandom: 2,
  fantasies: 3,
  maxObservations: 200,
};

const study = (own: Partial<Study> = {}): Study =>
  anEngineStudy({ algorithm: freezeThaw, parallelism: 1, initialTrials: [], ...own });

/** A trial that has paused after these values, a quantum apart. Decisions are numbered in the order of `at`. */
function paused(number: number, lr: number, ...values: readonly number[]): Trial {
  const started = 100 * number;
  return anEngineTrial(number, {
    config: { lr },
    state: 'Paused',
    until: 3 * values.length,
    observations: values.map((value, i) => ({ resource: 3 * (i + 1), value, at: started + i })),
    decisions: values.flatMap((_, i) => [
      i === 0
        ? ({ seq: started, kind: 'Start', known: 0 } as const)
        : ({ seq: started + 2 * i, kind: 'Promote', level: 3 * i, known: 0 } as const),
      { seq: started + 2 * i + 1, kind: 'Pause', level: 3 * (i + 1) } as const,
    ]),
  });
}

function next(own: Study, ...trials: readonly Trial[]): string[] {
  return decide({ study: own, trials }).map(told);
}

function told(decision: Decision): string {
  return decision.kind === 'Promote' ? `promote ${decision.trial} to ${decision.until}` : decision.kind;
}

/** Three that ended, falling by as much as it takes to know how curves fall. */
const ended = [
  [1, 0.001, [0.9, 0.8, 0.75]],
  [2, 0.01, [0.7, 0.6, 0.55]],
  [3, 0.1, [0.8, 0.7, 0.65]],
] as const;
const known = ended.map(([number, lr, values]): Trial => {
  const trial = paused(number, lr, ...values);
  const decisions = trial.decisions.with(-1, { seq: trial.decisions.at(-1)?.seq ?? 0, kind: 'Complete', level: 9 });
  return { ...trial, decisions, state: 'Completed', until: 9 };
});

describe('the next quantum of training', () => {
  test('goes to new configurations until there are enough to learn from', () => {
    expect(next(study(), paused(1, 0.1, 0.5))).toEqual(['Start']);
  });

  test('goes to a paused trial that is about to be the best', () => {
    expect(next(study(), ...known, paused(4, 0.012, 0.5, 0.4), paused(5, 0.9, 0.95))).toEqual(['promote 4 to 9']);
  });

  test('goes to a new configuration where all that is paused is bad', () => {
    expect(next(study(), ...known, paused(4, 0.0002, 0.97, 0.94), paused(5, 0.9, 0.95))).toEqual(['Start']);
  });

  test('of several slots goes to several trials, each answer knowing the ones before', () => {
    const trials = [...known, paused(4, 0.012, 0.5, 0.4), paused(5, 0.014, 0.5, 0.4)];
    expect(next(study({ parallelism: 2 }), ...trials).sort()).toEqual(['promote 4 to 9', 'promote 5 to 9']);
  });

  test('goes to nobody where nothing new may be started and nothing paused is worth it', () => {
    const bad = [...known, paused(4, 0.0002, 0.97, 0.94)];
    expect(next(study({ maxTrials: 4 }), ...bad)).toEqual([]);
    expect(next(study({ maxTrials: 4 }), ...known, paused(4, 0.012, 0.5, 0.4))).toEqual(['promote 4 to 9']);
  });

  test('is not given away before a pause is on record, so that the trial itself may go on', () => {
    const reported = { ...paused(4, 0.012, 0.4), decisions: [{ seq: 400, kind: 'Start', known: 0 } as const] };
    expect(next(study({ parallelism: 2 }), ...known, reported)).toEqual(['Pause']);
  });

  test('finds better values where values are to be maximised', () => {
    const negated = [...known, paused(4, 0.012, 0.5, 0.4), paused(5, 0.9, 0.95)].map((trial) => ({
      ...trial,
      observations: trial.observations.map((own) => ({ ...own, value: -own.value })),
    }));
    expect(next(study({ goal: 'Maximize' }), ...negated)).toEqual(['promote 4 to 9']);
  });
});

test('an answer is right as long as its trial waits where it was found', () => {
  const decision = {
    kind: 'Promote',
    seq: 9,
    known: 8,
    trial: 4,
    level: 6,
    until: 9,
    why: { value: 0, rank: 1, of: 1, cut: undefined },
  } as const;
  const waiting = paused(4, 0.1, 0.5, 0.4);
  const stopped: Trial = { ...waiting, decisions: [...waiting.decisions, { seq: 500, kind: 'Stop' }] };
  const others = [[waiting], [paused(4, 0.1, 0.5)], [stopped], []];
  expect(others.map((trials) => isStillRight(decision, trials))).toEqual([true, false, false, false]);
});

test('a model says why it proposes a configuration: what it expects at the maximum', () => {
  const trials = [...known, paused(4, 0.0002, 0.97, 0.94)];
  const [answer] = answerAll({ study: study(), trials }, schedule({ study: study(), trials }).openings);
  expect(answer).toMatchObject({ kind: 'Start', origin: 'Model', proposal: { level: 9 } });
});

test.each([1, 2, 3])('seed %i: replay agrees with a whole run, and notices another choice', (seed) => {
  const own = study({ parallelism: 2, maxTrials: 6, seed });
  const trials = [...aHistory(own, { seed, steps: 40 })].at(-1) ?? [];
  const total = trials.reduce((sum, { decisions }) => sum + decisions.length, 0);
  expect(replay({ study: own, trials })).toEqual({ agreed: total, disagreement: undefined });
  const promotions = trials.flatMap((trial) => trial.decisions.filter(({ kind }) => kind === 'Promote'));
  expect(promotions.length).toBeGreaterThan(0);
  expect(promotions.every(({ known: from }) => from !== undefined)).toBe(true);
  const other = replay({ study: { ...own, seed: seed + 1 }, trials });
  expect(other.disagreement?.recomputed).toMatch(/^(start|promote)/);
});
