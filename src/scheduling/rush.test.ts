import { describe, expect, test } from 'vitest';
import { hyperband } from '../../test/builders.ts';
import type { Halving } from '../model.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

const aScheduler = (scheduling: Halving['scheduling']): Scheduler =>
  createScheduler({
    goal: 'Minimize',
    resource: { min: 1, max: 9 },
    algorithm: hyperband({ scheduling, thresholds: 'InitialTrials' }),
  });

const entry = (trial: number, value: number, isGiven = false) => ({ trial, bracket: 0, level: 1, value, isGiven });

describe('stopping, with thresholds', () => {
  test('takes who is good enough, but worse than what was given, for a loser', () => {
    const scheduler = aScheduler('Stopping');
    scheduler.enter(entry(1, 0.2, true));
    for (const trial of [2, 3, 4, 5]) scheduler.enter(entry(trial, 0.9));
    const ruling = scheduler.judge(entry(6, 0.3));
    expect(ruling).toMatchObject({ verdict: 'Stop', why: { rank: 2, of: 6, cut: 0.2 } });
    expect(scheduler.judge(entry(6, 0.2)).verdict).toBe('Continue');
  });

  test('lets what was given run on by the ordinary rule', () => {
    const scheduler = aScheduler('Stopping');
    scheduler.enter(entry(1, 0.2, true));
    for (const trial of [3, 4, 5, 6]) scheduler.enter(entry(trial, 0.9));
    expect(scheduler.judge(entry(2, 0.3, true)).verdict).toBe('Continue');
  });

  test('asks no more than the ordinary rule while nothing given has passed', () => {
    const scheduler = aScheduler('Stopping');
    for (const trial of [3, 4, 5]) scheduler.enter(entry(trial, 0.1));
    scheduler.enter(entry(1, 0.9, true));
    expect(scheduler.judge(entry(6, 0.1)).verdict).toBe('Continue');
  });
});

test('promotion passes over who is worse than what was given and promoted before', () => {
  const scheduler = aScheduler('Promotion');
  scheduler.enter(entry(1, 0.2, true));
  for (const trial of [7, 8, 9, 10, 11]) scheduler.enter(entry(trial, 0.9));
  expect(scheduler.promotable(0)).toMatchObject({ trial: 1 });
  scheduler.promoted(1, 1);
  scheduler.enter(entry(3, 0.3));
  expect(scheduler.promotable(0)).toBeUndefined();
  scheduler.enter(entry(2, 0.4, true));
  expect(scheduler.promotable(0)).toMatchObject({ trial: 2, why: { rank: 3 } });
  scheduler.enter(entry(4, 0.1));
  expect(scheduler.promotable(0)).toMatchObject({ trial: 4 });
});
