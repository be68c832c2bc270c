import { expect, test } from 'vitest';
import { anAttempt, NOW } from '../../../test/builders.ts';
import type { Attempt } from '../../api/trial.ts';
import { isHopeless, LISTED, listed, MAX_FRUITLESS } from './attempts.ts';
import { gpuSeconds } from './trial-status.ts';

const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();

/** The nth, preempted after ten seconds, a minute after the one before; each came one epoch further. */
const preempted = (n: number, attempt: Partial<Attempt> = {}): Attempt =>
  anAttempt({
    ...{ job: `digits-0001-${n}`, pod: `pod-${n}`, from: n - 1, trained: 1, gpus: 2, outcome: 'Preempted' },
    ...{ startTime: at(60 * n), endTime: at(60 * n + 10) },
    ...attempt,
  });

const sum = (attempts: readonly Attempt[] = []): unknown => ({
  gpuSeconds: attempts.reduce((all, attempt) => all + gpuSeconds(attempt, 0), 0),
  trained: attempts.reduce((all, { trained }) => all + trained, 0),
  times: attempts.reduce((all, { times = 1 }) => all + times, 0),
});

const many = (n: number): readonly Attempt[] => Array.from({ length: n }, (_, i) => preempted(i + 1));

test('of a long list the oldest are summed up: they have trained and held as much', () => {
  const list = listed(many(40), 40);
  expect(list.map(({ job, from, times }) => [job, from, times]).slice(0, 3)).toEqual([
    ['digits-0001-29', 0, 29],
    ['digits-0001-30', 29, undefined],
    ['digits-0001-31', 30, undefined],
  ]);
  expect(list).toHaveLength(LISTED);
  expect(sum(list)).toEqual(sum(many(40)));
});

test('one by one it comes to the same', () => {
  let oneByOne: readonly Attempt[] = [];
  for (const attempt of many(40)) oneByOne = listed([...oneByOne, attempt], attempt.from + 1);
  expect(oneByOne).toEqual(listed(many(40), 40));
});

test('those that ended alike are taken together, as long as there are such', () => {
  const list = [preempted(1), preempted(2, { outcome: 'Paused' }), ...many(LISTED - 1)];
  expect(
    listed(list, 99)
      .map(({ outcome, times = 1 }) => `${outcome} ${times}`)
      .slice(0, 3),
  ).toEqual(['Preempted 1', 'Paused 1', 'Preempted 2']);
});

test('what held other GPUs, or none, counts as it did', () => {
  const { startTime: _, ...never } = preempted(2);
  const list = [preempted(1, { gpus: 1 }), never, preempted(3, { gpus: 4 }), ...many(LISTED)];
  expect(sum(listed(list, 99))).toEqual(sum(list));
});

test('attempts that bring a trial further never are too many, those that do not are', () => {
  const fruitless = (n: number): readonly Attempt[] => Array.from({ length: n }, () => preempted(99, { from: 99 }));
  expect(isHopeless(listed(many(500), 500), 500)).toBe(false);
  for (const [n, expected] of [
    [MAX_FRUITLESS - 1, false],
    [MAX_FRUITLESS, true],
  ] as const) {
    expect(isHopeless(listed([...many(50), ...fruitless(n)], 99), 99)).toBe(expected);
  }
});
