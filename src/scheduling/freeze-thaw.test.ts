import { expect, test } from 'vitest';
import { FreezeThaw, freezeLevels } from './freeze-thaw.ts';

test.each([
  [{ min: 1, max: 27 }, 9, [9, 18]],
  [{ min: 4, max: 10 }, 3, [6, 9]],
  [{ min: 1, max: 5 }, undefined, [1, 2, 3, 4]],
  [{ min: 1, max: 81 }, undefined, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80]],
  [{ min: 1, max: 1 }, undefined, []],
  [{ min: 1, max: 9 }, 10, []],
])('of %j with a quantum of %s trials pause at %j', (resource, quantum, levels) => {
  expect(freezeLevels(resource, quantum)).toEqual(levels);
});

test('every trial pauses, and waits until it is promoted or gone', () => {
  const scheduler = new FreezeThaw({ goal: 'Minimize', resource: { min: 1, max: 9 } }, { quantum: 3 });
  const entry = (trial: number, value: number) => ({ trial, bracket: 0, level: 3, value });
  expect(scheduler.judge(entry(1, 0.5))).toMatchObject({ verdict: 'Pause', until: 3, why: { rank: 1, of: 1 } });
  for (const [trial, value] of [0.5, 0.2, 0.9].entries()) scheduler.enter(entry(trial + 1, value));
  const waiting = () => scheduler.waiting.map(({ trial, level, until, why }) => [trial, level, until, why.rank]);
  expect(waiting()).toEqual([
    [1, 3, 6, 2],
    [2, 3, 6, 1],
    [3, 3, 6, 3],
  ]);
  scheduler.promoted(2);
  scheduler.retire(3);
  expect(waiting()).toEqual([[1, 3, 6, 2]]);
  scheduler.enter({ ...entry(2, 0.1), level: 6 });
  expect(waiting()).toEqual([
    [1, 3, 6, 2],
    [2, 6, 9, 1],
  ]);
});
