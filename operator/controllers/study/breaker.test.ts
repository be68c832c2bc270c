import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Attempt, Trial } from '../../api/trial.ts';
import { type Stall, stall, stalledWords } from './breaker.ts';

const MINUTE = 60_000;
const at = (minutes: number): string => new Date(Date.parse(NOW) + minutes * MINUTE).toISOString();
const study = stored(aStudy());

const withAttempt = (number: number, state: 'Failed' | 'Running' | 'Queued', attempt: Partial<Attempt>): Trial =>
  aTrial(
    number,
    {},
    trialStatus(state, {
      attempts: [anAttempt(attempt)],
      ...(state === 'Failed' && { failure: { class: 'StartFailed', message: `no image for ${number}` } }),
    }),
  );
/** Could not be started, as was found so many minutes later. */
const failed = (number: number, minutes: number): Trial =>
  withAttempt(number, 'Failed', { outcome: 'Failed', failure: 'StartFailed', endTime: at(minutes) });
const started = (number: number, minutes: number): Trial =>
  withAttempt(number, 'Running', { startTime: NOW, codeTime: at(minutes) });
const starting = (number: number): Trial => withAttempt(number, 'Queued', {});

const retryMinutes = (found: Stall | undefined): number | undefined =>
  found?.retryAt === undefined ? undefined : (found.retryAt - Date.parse(NOW)) / MINUTE;

describe('a Study is stalled when', () => {
  test('three attempts in a row could not be started', () => {
    const found = stall(study, [failed(1, 10), failed(2, 11), failed(3, 12)]);
    expect(found).toMatchObject({ failures: 3, message: 'no image for 3' });
    expect(retryMinutes(found)).toBe(13);
  });

  test('they could not although others started before', () => {
    expect(stall(study, [started(1, 5), failed(2, 10), failed(3, 11), failed(4, 12)])?.failures).toBe(3);
  });
});

test('nodes that turn pods away stall a Study, in their words', () => {
  const words = 'its node has turned its pod away: TopologyAffinityError';
  const refused = (number: number): Trial => {
    const attempt = { outcome: 'Disrupted', failure: 'Disruption', reason: 'TopologyAffinityError' } as const;
    const trial = withAttempt(number, 'Queued', { ...attempt, endTime: at(number) });
    const conditions = trial.status?.conditions?.map((each) => ({ ...each, message: words }));
    return { ...trial, status: { ...trial.status, ...(conditions && { conditions }) } };
  };
  expect(stall(study, [refused(1), refused(2)])).toBeUndefined();
  expect(stall(study, [refused(1), refused(2), refused(3)])).toEqual({
    failures: 3,
    message: words,
    retryAt: undefined,
  });
});

describe('a Study is not stalled when', () => {
  test.each<[string, readonly Trial[]]>([
    ['fewer have failed', [failed(1, 10), failed(2, 11), starting(3)]],
    ['one has started since', [failed(1, 10), failed(2, 11), failed(3, 12), started(4, 13)]],
    ['one has started between', [failed(1, 10), failed(2, 11), started(3, 12), failed(4, 13), failed(5, 14)]],
  ])('%s', (_, trials) => {
    expect(stall(study, trials)).toBeUndefined();
  });

  test('it was resumed since', () => {
    const condition = { type: 'Suspended', status: 'False', reason: 'NotSuspended', message: '' } as const;
    const resumed = stored(aStudy(), { conditions: [{ ...condition, lastTransitionTime: at(20) }] });
    expect(stall(resumed, [failed(1, 10), failed(2, 11), failed(3, 12)])).toBeUndefined();
  });
});

describe('one trial is tried', () => {
  test('after waits that double, up to half an hour', () => {
    const times = [3, 4, 5, 20].map((n) =>
      retryMinutes(
        stall(
          study,
          Array.from({ length: n }, (_, i) => failed(i + 1, i)),
        ),
      ),
    );
    expect(times).toEqual([3, 5, 8, 49]);
  });

  test('and no other while it is not known whether it starts', () => {
    const found = stall(study, [failed(1, 10), failed(2, 11), failed(3, 12), starting(4)]);
    expect(found && stalledWords(found)).toBe(
      'the last 3 attempts to start a trial failed; one is being tried; suspend and resume the Study to try at once; the last: no image for 3',
    );
  });
});
