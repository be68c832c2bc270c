import { describe, expect, test } from 'vitest';
import type { Attempt, TrialStatus } from '../../api/trial.ts';
import type { Job } from '../../kube/kinds.ts';
import { type Change, isBeginning, waitBeforeWriting } from './writing.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const at = '2026-01-01T00:00:59Z';

const attempt: Attempt = { job: 'digits-0001-1', until: 27, from: 0, gpus: 1, trained: 0 };

function status(type: string, reason: string, more: Partial<TrialStatus> = {}): TrialStatus {
  return { attempts: [attempt], conditions: [{ type, status: 'True', reason, message: reason }], ...more };
}

const created: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'digits-0001-1', creationTimestamp: at },
  spec: { template: { spec: { containers: [] } } },
};

const wait = (change: Partial<Change>): number | undefined =>
  waitBeforeWriting({
    before: status('Running', 'Training'),
    after: status('Running', 'Training'),
    levels: [1, 3, 9, 27],
    jobs: [created],
    removes: false,
    writtenAt: NOW - 4_000,
    now: NOW,
    ...change,
  });

const curve = (...levels: number[]): Partial<TrialStatus> => ({
  observations: levels.map((resource) => ({ resource, value: 0.5, at })),
});

describe('written at once is', () => {
  test.each<[string, TrialStatus, TrialStatus]>([
    ['a trial that runs', status('Queued', 'Created'), status('Running', 'Training')],
    ['a report at a rung', status('Running', 'Training'), status('Running', 'Training', curve(1))],
    [
      'a failure, which may be told by a log only that goes with its Job',
      status('Running', 'Training'),
      status('Running', 'Ending', { failure: { class: 'NotFinite', message: 'NaN' } }),
    ],
    [
      'a report on the way to the end of a Job',
      status('Running', 'Training', curve(1)),
      status('Running', 'Ending', curve(1, 2)),
    ],
    [
      'that a Job is being deleted for a suspension, which may be over before it is gone',
      status('Running', 'Training'),
      status('Running', 'Suspending'),
    ],
    ['a trial that waits for quota', { attempts: [] }, status('Queued', 'WaitsForQuota')],
  ])('%s', (_, before, after) => expect(wait({ before, after })).toBeUndefined());
});

describe('gathered is', () => {
  test('a report between rungs, with others of ten seconds', () => {
    const change = {
      before: status('Running', 'Training', curve(3)),
      after: status('Running', 'Training', curve(3, 4)),
    };
    expect(wait(change)).toBe(6_000);
    expect(wait({ ...change, writtenAt: NOW - 10_000 })).toBeUndefined();
    expect(wait({ ...change, writtenAt: undefined })).toBeUndefined();
  });

  test('that a Job is being deleted: most are gone before it is written', () => {
    expect(wait({ after: status('Running', 'Ending') })).toBe(6_000);
  });

  test('an attempt whose pod is about to run, with that it runs', () => {
    const beginning = { before: undefined, after: status('Queued', 'Created') };
    expect(wait(beginning)).toBe(1_000);
    expect(wait({ ...beginning, jobs: [] })).toBe(2_000);
    expect(wait({ ...beginning, now: NOW + 1_000 })).toBeUndefined();
    expect(wait({ ...beginning, removes: true })).toBeUndefined();
  });
});

test('an attempt begins until it runs or is on record', () => {
  const queued = status('Queued', 'Created');
  expect(isBeginning({ before: undefined, after: queued })).toBe(true);
  expect(isBeginning({ before: queued, after: queued })).toBe(false);
  expect(isBeginning({ before: undefined, after: status('Running', 'Training') })).toBe(false);
});
