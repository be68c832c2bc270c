import { expect, test } from 'vitest';
import { anAttempt, curve, NOW } from '../../../test/builders.ts';
import type { LogState } from '../../metrics/log-record.ts';
import { unitsTrained } from './trained.ts';

const news = (state: Partial<LogState>): LogState => ({
  reports: [],
  diverged: undefined,
  otherNames: [],
  tail: [],
  dropped: 0,
  complete: false,
  ...state,
});
const every = (stride: number, count: number) =>
  curve(...Array.from({ length: count }, () => 0.5)).map((report) => ({
    ...report,
    resource: report.resource * stride,
  }));

test.each([
  ['each unit reported', { reports: every(1, 5) }, 0, 5],
  ['every tenth reported', { reports: every(10, 5) }, 0, 50],
  ['a repetition of where it took up again', { reports: every(1, 5).slice(2) }, 3, 2],
  ['started over', { reports: every(1, 5) }, 3, 5],
  ['what the attempt before reported, read again', { reports: every(1, 18), repeats: true }, 9, 9],
  ['only that', { reports: every(1, 9), repeats: true }, 9, 0],
  ['no attempt before', { reports: every(10, 5), repeats: true }, 0, 50],
  ['most reports forgotten', { reports: every(10, 5).slice(4), first: [10, 20, 30] }, 0, 50],
  ['nothing reported', {}, 0, 0],
])('units trained: %s', (_, state, from, units) => {
  expect(unitsTrained(news(state), anAttempt({ from }))).toBe(units);
});

test('after a restart of the operator what is on record counts, and what came on top', () => {
  const resumed = { at: NOW, reached: 6, trained: 6 };
  expect(unitsTrained(news({ reports: every(1, 9).slice(4), resumed }), anAttempt({ trained: 6 }))).toBe(9);
  expect(unitsTrained(news({ reports: every(1, 9).slice(4), resumed }), anAttempt({ trained: 8 }))).toBe(9);
});
