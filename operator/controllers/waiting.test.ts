import { expect, test } from 'vitest';
import { aTrial, trialStatus } from '../../test/builders.ts';
import type { Trial } from '../api/trial.ts';
import { heldForGood, reasonToWait } from './waiting.ts';

/** Trials that are queued for these reasons, or run. */
function trials(...reasons: readonly string[]): readonly Trial[] {
  return reasons.map((reason, i) => {
    if (reason === 'runs') return aTrial(i + 1, {}, trialStatus('Running'));
    const { conditions = [] } = trialStatus('Queued');
    const message = `waits in queue team-a: ${reason}`;
    const told = conditions.map((one) => (one.type === 'Queued' ? { ...one, reason, message } : one));
    return aTrial(i + 1, {}, { conditions: told });
  });
}

test.each<[readonly string[], string | undefined]>([
  [[], undefined],
  [['runs'], undefined],
  [['Created', 'Suspended', 'Deactivated'], undefined],
  [['WaitsForQuota'], undefined],
  [['QueueNotFound'], 'QueueNotFound'],
  [['runs', 'QuotaNeverFits'], 'QuotaNeverFits'],
  [['QuotaNeverFits', 'Created', 'Inadmissible'], 'Inadmissible'],
  [['QuotaNeverFits', 'WaitsForQuota'], undefined],
  [['QuotaNeverFits', 'Preempted'], undefined],
])('of trials that are %j the queue holds whatever waits for good: %s', (reasons, expected) => {
  expect(heldForGood(trials(...reasons))?.reason).toBe(expected);
});

test('one of them is told of, in its words', () => {
  expect(heldForGood(trials('runs', 'QueueNotFound', 'QueueNotFound'))?.message).toBe(
    'no trial that waits will be admitted as it is (2): digits-0003 waits in queue team-a: QueueNotFound',
  );
});

test('a trial that nobody has looked at waits in no queue', () => {
  expect(reasonToWait(aTrial(1))).toBeUndefined();
});
