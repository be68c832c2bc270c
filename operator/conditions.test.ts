import { describe, expect, test } from 'vitest';
import { condition, conditions, isTrue } from './conditions.ts';

const BEFORE = '2030-01-01T00:00:00Z';
const NOW = '2030-01-01T01:00:00Z';
const ready = { type: 'Ready', status: 'True', reason: 'Accepted', message: 'runs' } as const;
const previous = [{ ...ready, lastTransitionTime: BEFORE }];

describe('the time of a condition', () => {
  test('is now when it is new', () => {
    expect(conditions([ready], { previous: undefined, now: NOW })).toEqual([{ ...ready, lastTransitionTime: NOW }]);
  });

  test('stays while its status does, whatever its reason', () => {
    const [kept] = conditions([{ ...ready, reason: 'Ended' }], { previous, now: NOW });
    expect(kept).toMatchObject({ reason: 'Ended', lastTransitionTime: BEFORE });
  });

  test('is now when its status changes', () => {
    const [changed] = conditions([{ ...ready, status: 'False' }], { previous, now: NOW });
    expect(changed?.lastTransitionTime).toBe(NOW);
  });
});

test('a condition says which generation it was judged from, where that is known', () => {
  expect(conditions([ready], { previous, now: NOW, generation: 3 })[0]?.observedGeneration).toBe(3);
  expect(conditions([ready], { previous, now: NOW })[0]).not.toHaveProperty('observedGeneration');
});

test('what is no longer found is gone', () => {
  expect(conditions([], { previous, now: NOW })).toEqual([]);
});

test('only True is true', () => {
  const list = [
    ...previous,
    { type: 'Succeeded', status: 'Unknown' as const },
    { type: 'Suspended', status: 'False' as const },
  ];
  expect(['Ready', 'Succeeded', 'Suspended', 'Stalled'].map((type) => isTrue(list, type))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(condition(undefined, 'Ready')).toBeUndefined();
});
