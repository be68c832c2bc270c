import { expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, trialStatus } from '../../../test/builders.ts';
import type { Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { slots } from './slots.ts';

const container = { name: 'train', image: 'train:1' };
const jobSpec = { template: { spec: { containers: [container] } } };

function queuedStudy(spec: object = {}): Study['spec'] {
  const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
  return aStudy({ trialTemplate: { metadata, spec: jobSpec }, parallelism: 10, ...spec }).spec;
}

/**
 * r: runs; w: admitted, its pod starts; q: waits for quota; x: asks for more than there is; m: its queue is missing; n: nobody
 * has looked at it yet; e: has run and ended.
 */
const REASON: Readonly<Record<string, string>> = {
  w: 'Waiting',
  q: 'WaitsForQuota',
  x: 'QuotaNeverFits',
  m: 'QueueNotFound',
};
const attempts = [anAttempt({ startTime: NOW })];

function trials(picture: string): readonly Trial[] {
  return [...picture].map((letter, i) => {
    if (letter === 'n') return aTrial(i + 1);
    if (letter === 'r') return aTrial(i + 1, {}, trialStatus('Running', { attempts }));
    if (letter === 'e') return aTrial(i + 1, {}, trialStatus('Completed', { attempts }));
    const { conditions = [] } = trialStatus('Queued');
    const reason = REASON[letter] ?? '';
    return aTrial(i + 1, {}, { conditions: conditions.map((c) => (c.type === 'Queued' ? { ...c, reason } : c)) });
  });
}

test.each([
  ['', 3],
  ['nnn', 3],
  ['qqq', 3],
  ['rrw', 6],
  ['rrqqq', 5],
  ['rrrrrrqq', 9],
  ['rrrrrrrqq', 10],
  ['rrrrrrrrrr', 10],
  ['eeerr', 5],
  ['rrxxx', 8],
  ['exxx', 6],
  ['xxx', 3],
  ['emmm', 3],
])('of "%s" in a queue %i may be under way: parallelism 10, of which a quarter may wait', (picture, expected) => {
  expect(slots(queuedStudy(), trials(picture))).toBe(expected);
});

test('how many may wait is the user’s to say', () => {
  expect(slots(queuedStudy({ queue: { surplus: 1 } }), trials('rrq'))).toBe(3);
  expect(slots(queuedStudy({ queue: { surplus: 100 } }), trials('qqqq'))).toBe(10);
});

test('at most four wait unless told otherwise', () => {
  expect(slots(queuedStudy({ parallelism: 100 }), [])).toBe(4);
});

test('without a queue parallelism is all there is to say', () => {
  expect(slots(aStudy({ parallelism: 7 }).spec, trials('wwwww'))).toBe(7);
});

test('Jobs that were given a queue wait in one, whatever the Study says', () => {
  expect(slots(aStudy({ parallelism: 10 }).spec, trials('rqqqq'))).toBe(4);
});
