import { expect, test } from 'vitest';
import { aStudy, aTrial, curve, trialStatus } from '../../../test/builders.ts';
import { Roster } from './roster.ts';

const reported = (number: number, value: number) =>
  aTrial(number, {}, trialStatus('Running', { observations: curve(value) }));

test('Trials are in the order of their numbers, for the engine too, in whatever order they were listed', () => {
  const roster = new Roster(aStudy(), [aTrial(10), aTrial(2)]);
  expect(roster.all.map(({ spec }) => spec.number)).toEqual([2, 10]);
  expect(roster.engine.map(({ number }) => number)).toEqual([2, 10]);
});

test('what was worked out is worked out again when a Trial changes', () => {
  const roster = new Roster(aStudy(), [reported(1, 0.5), reported(2, 0.4)]);
  expect(roster.best).toMatchObject({ value: 0.4 });
  roster.set(reported(1, 0.3));
  roster.set(aTrial(3));
  expect(roster.best).toMatchObject({ value: 0.3 });
  expect(roster.engine.map(({ observations }) => observations.at(-1)?.value)).toEqual([0.3, 0.4, undefined]);
});
