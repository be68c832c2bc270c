import { describe, expect, test } from 'vitest';
import { anEngineStudy, anEngineTrial, applied, hyperband, someAbohb } from '../../test/builders.ts';
import { decide } from '../decide.ts';
import type { Algorithm, Fault, Goal, Parameter, Recorded, Study, Trial } from '../model.ts';
import { replay } from '../replay.ts';
import { createScheduler } from '../scheduling/scheduler.ts';
import { observations } from './evidence.ts';

const study = anEngineStudy({ resource: { min: 1, max: 27 }, algorithm: hyperband() });

const started: Recorded = { seq: 1, kind: 'Start' };

/** Reported these values at 1, 2, … */
function aTrial(number: number, values: readonly number[], trial: Partial<Trial> = {}): Trial {
  const reported = values.map((value, i) => ({ resource: i + 1, value, at: 100 * number + i }));
  return anEngineTrial(number, { observations: reported, until: 3, state: 'Paused', ...trial });
}

const failed = (number: number, fault: Fault | undefined, values: readonly number[] = []): Trial =>
  aTrial(number, values, { state: 'Failed', fault, until: values.length === 0 ? 1 : 3 });

/** What the model sees of trial 9, as [resource, value]; it is to be minimised. */
function seen(trial: Trial, goal: Goal = 'Minimize'): readonly (readonly number[])[] {
  const others = [aTrial(1, [5, 4, 3]), aTrial(2, [8, 7, 6])];
  const all = observations({ ...study, goal }, [...others, trial], 'RungsAndLast');
  return all.filter((own) => own.trial === trial.number).map(({ resource, value }) => [resource, value]);
}

describe('of a trial that failed', () => {
  test.each(['Infeasible', 'Diverged', 'Crashed'] as const)(
    'without a report (%s) the model sees the worst',
    (fault) => {
      expect(seen(failed(9, fault))).toEqual([[1, 8]]);
      expect(seen(failed(9, fault), 'Maximize')).toEqual([[1, -3]]);
    },
  );

  test('for no fault of its configuration it sees nothing', () => {
    expect(seen(failed(9, undefined))).toEqual([]);
  });

  test('as infeasible it sees nothing of what was reported, but the worst of all others', () => {
    expect(seen(failed(9, 'Infeasible', [1, 0.5]))).toEqual([[1, 8]]);
  });

  test('as diverged it sees what was reported, and the worst at the rung that was not reached', () => {
    expect(seen(failed(9, 'Diverged', [2, 1]))).toEqual([
      [1, 2],
      [2, 1],
      [3, 8],
    ]);
  });

  test('by a crash on its way it sees what was reported', () => {
    expect(seen(failed(9, 'Crashed', [2, 1]))).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  test('it sees nothing while no other has reported', () => {
    expect(observations(study, [failed(1, 'Crashed'), failed(2, 'Infeasible')], 'All')).toEqual([]);
  });

  test('it sees the failure where it came: after what was on record by then', () => {
    const trials = [
      aTrial(1, [5], { decisions: [started, { seq: 4, kind: 'Pause', level: 1 }] }),
      aTrial(2, [6], {
        decisions: [
          { ...started, seq: 2 },
          { seq: 6, kind: 'Pause', level: 1 },
        ],
      }),
      {
        ...failed(3, 'Crashed'),
        decisions: [
          { ...started, seq: 3 },
          { seq: 5, kind: 'Fail' as const, level: 0 },
        ],
      },
    ];
    expect(observations(study, trials, 'All').map(({ trial }) => trial)).toEqual([1, 3, 2]);
  });
});

const unit: readonly Parameter[] = [
  { name: 'x', type: 'float', min: 0, max: 1, scale: 'Linear' },
  { name: 'y', type: 'float', min: 0, max: 1, scale: 'Linear' },
];

/** A study whose best configurations lie at x = 0.6; beyond x = 0.5 trials fail before their first report. */
function ran(algorithm: Algorithm, fault: Fault | undefined): { study: Study; trials: readonly Trial[] } {
  const of = anEngineStudy({ parameters: unit, algorithm, parallelism: 2, maxTrials: 40, initialTrials: [], seed: 3 });
  let trials: readonly Trial[] = [];
  for (let now = 1; now < 2_000; now++) {
    const decisions = decide({ study: of, trials });
    trials = applied(trials, decisions);
    const next = trials.find(({ state }) => state === 'Active');
    if (next === undefined && decisions.length === 0) break;
    trials = trials.map((trial) => (trial === next ? moved(of, trial, { fault, now }) : trial));
  }
  return { study: of, trials };
}

function moved(of: Study, trial: Trial, { fault, now }: { fault: Fault | undefined; now: number }): Trial {
  if (trial.decisions.at(-1)?.kind === 'Stop') return { ...trial, state: 'Stopped' };
  const { x, y } = trial.config as { x: number; y: number };
  if (x > 0.5) return { ...trial, state: 'Failed', fault };
  const reached = trial.observations.at(-1)?.resource ?? 0;
  const target = createScheduler(of).pauses ? trial.until : of.resource.max;
  if (reached >= target) return { ...trial, state: reached >= of.resource.max ? 'Completed' : 'Paused' };
  const value = (x - 0.6) ** 2 + (y - 0.5) ** 2 + 1 / (reached + 1);
  return { ...trial, observations: [...trial.observations, { resource: reached + 1, value, at: now }] };
}

/** Of the last thirty trials. */
const failures = ({ trials }: { trials: readonly Trial[] }) =>
  trials.slice(-30).filter(({ state }) => state === 'Failed').length;

describe.each([
  ['abohb', someAbohb({ initialRandom: 6 })],
  ['BOHB', { type: 'bohb', scheduling: 'Stopping', reductionFactor: 3 }],
] as const)('%s', (_, algorithm) => {
  test('moves away from the half of the space that is infeasible, and the ledger says why', () => {
    const [blind, told] = [ran(algorithm, undefined), ran(algorithm, 'Crashed')];
    expect(told.trials.length).toBe(40);
    expect(failures(told)).toBeLessThan(0.7 * failures(blind));
    expect(replay(told).disagreement).toBeUndefined();
  });
});
