import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Trial, TrialStatus } from '../../api/trial.ts';
import type { TrialStateCondition } from '../../observe.ts';
import { type Cleaner, type CleaningContext, clean, removable } from './cleaning.ts';

const trial = (number: number, state: TrialStateCondition, value: number, more: Partial<TrialStatus> = {}): Trial =>
  aTrial(number, {}, trialStatus(state, { attempts: [anAttempt()], observations: curve(value), ...more }));
const trials = [
  trial(1, 'Completed', 0.4),
  trial(2, 'Stopped', 0.1),
  trial(3, 'Failed', 0.9),
  trial(4, 'Paused', 0.5),
  trial(5, 'Running', 0.6),
];
const keeping = (retain: string) => stored(aStudy({ checkpoint: { claimName: 'shared', retain } }));
const numbers = (list: readonly Trial[]): readonly number[] => list.map(({ spec }) => spec.number);

test.each([
  ['All', []],
  ['Completed', [2, 3]],
  ['Best', [1, 3]],
  ['None', [1, 2, 3]],
])('with retain %s the folders of %j go, never of who may go on', (retain, gone) => {
  expect(numbers(removable(keeping(retain), trials))).toEqual(gone);
});

test('a folder that is gone, or never was, is not removed', () => {
  const gone = trial(1, 'Failed', 0.4, { checkpointRemoved: true });
  expect(removable(keeping('None'), [gone, trial(2, 'Failed', 0.4, { attempts: [] })])).toEqual([]);
});

describe('folders are removed', () => {
  const asked: (readonly number[])[] = [];
  const cleaner: Cleaner = {
    remove: async (_, due) => {
      asked.push(numbers(due));
      return { kind: 'Done', trials: due.map(({ metadata }) => metadata.name) };
    },
    settle: async () => undefined,
  };
  const marked: string[] = [];
  const context = (more: Partial<CleaningContext> = {}): CleaningContext => ({
    apply: async ({ metadata }) => marked.push(metadata.name),
    cleaner,
    now: Date.parse(NOW),
    isOver: false,
    ...more,
  });

  test('some at a time', async () => {
    const cleaned = await clean(context(), keeping('None'), trials);
    expect([asked, cleaned.requeueMs, cleaned.finding?.status]).toEqual([[], 300_000, 'True']);
  });

  test('all of them at the end, and that is put on record', async () => {
    await clean(context({ isOver: true }), keeping('None'), trials);
    expect([asked, marked]).toEqual([[[1, 2, 3]], ['digits-0001', 'digits-0002', 'digits-0003']]);
  });

  test('not without an image, and that is said', async () => {
    const { finding } = await clean(context({ cleaner: undefined }), keeping('None'), trials);
    expect([finding?.status, finding?.reason]).toEqual(['False', 'NoImage']);
  });

  test('not when it fails, and that is said', async () => {
    const failing: Cleaner = { ...cleaner, remove: async () => ({ kind: 'Failed', message: 'stuck' }) };
    const { finding } = await clean(context({ cleaner: failing, isOver: true }), keeping('None'), trials);
    expect([finding?.reason, finding?.message]).toEqual([
      'CleaningFailed',
      'checkpoints could not be removed: stuck; it is tried again when that Job is gone',
    ]);
  });

  test('and whatever goes wrong is said, and thrown by nobody', async () => {
    const broken: Cleaner = { ...cleaner, remove: () => Promise.reject(new TypeError('a fault of ours')) };
    const { finding, error } = await clean(context({ cleaner: broken, isOver: true }), keeping('None'), trials);
    expect([finding?.status, finding?.reason, finding?.message, error]).toEqual([
      'False',
      'CleaningFailed',
      'checkpoints could not be removed: a fault of ours; it is tried again',
      expect.any(TypeError),
    ]);
  });
});
