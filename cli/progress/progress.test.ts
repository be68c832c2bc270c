import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { StudyStatus } from '../../operator/api/study.ts';
import { aStudy, aTrial } from '../testing/objects.ts';
import { block } from './block.ts';
import { news, summaryLine } from './lines.ts';
import { Screen } from './screen.ts';
import { type View, viewOf } from './view.ts';
import { duration } from './words.ts';

const status: StudyStatus = {
  startTime: '1970-01-01T00:00:00Z',
  rungs: [
    { level: 1, observed: 6, passed: 2 },
    { level: 3, observed: 2, passed: 1 },
  ],
  best: { trial: 'made-up-0003', value: 0.123456, resource: 9, parameters: { x: 0.3 } },
};
const counts = { created: 7, queued: 0, running: 2, paused: 0, completed: 1, stopped: 4, failed: 0 };
const view: View = { study: aStudy({ status }), counts, elapsedMs: 72_000, leftMs: 100_000 };

test.each([
  [0, '0s'],
  [59_600, '1m 0s'],
  [72_000, '1m 12s'],
  [5_400_000, '1h 30m'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

describe('on a terminal', () => {
  const options = { width: 80, height: 24, color: false, news: ['trial 7 started'] };

  test('a view is a few lines', () => {
    expect(block(view, options)).toEqual([
      'made-up  running for 1m 12s, about 1m 40s left',
      'trials   7 of 12 trials: 2 running, 1 completed, 4 stopped',
      'rungs    epoch 1: 2 of 6 passed, 3: 1 of 2',
      'best     loss 0.1235 at epoch 9 (made-up-0003)',
      '         x=0.3',
      '         trial 7 started',
    ]);
  });

  test('lines fit into it, however narrow, low or hostile', () => {
    const lines = block(view, { ...options, width: 20, height: 4, color: true, news: ['\u001b[2J\nevil'] });
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => stripVTControlCharacters(line).length <= 20)).not.toContain(false);
    const [last] = block(view, { ...options, news: ['\u001b[2J\nevil'] }).slice(-1);
    expect(last).toBe('          [2J evil');
  });

  test('what is drawn again takes the place of what was there, and the cursor comes back', () => {
    let out = '';
    const screen = new Screen({ columns: 10, write: (text) => (out += text) });
    screen.draw(['one', 'a line of 15 ch']);
    expect(out).toBe('\u001b[?25l\r\u001b[2Kone\n\u001b[2Ka line of 15 ch\n\u001b[J');
    out = '';
    screen.draw(['two']);
    expect(out).toBe('\u001b[3A\r\u001b[2Ktwo\n\u001b[J');
    out = '';
    screen.close();
    screen.close();
    expect(out).toBe('\u001b[?25h');
  });
});

test('elsewhere a view is one line', () => {
  expect(summaryLine(view)).toBe(
    '[1m 12s] 7 of 12 trials: 2 running, 1 completed, 4 stopped; epoch 1: 2 of 6 passed, 3: 1 of 2; ' +
      'best: loss 0.1235 at epoch 9 (made-up-0003); about 1m 40s left',
  );
});

test.each([
  ['TrialStopped', 'trial 2 stopped: why', 'trial 2 stopped: why'],
  ['StudySucceeded', 'MaxTrialsReached: …', undefined],
  [
    'TrialDisrupted',
    'trial 2 lost its pod to a disruption and is started again',
    'trial 2 goes on where it was interrupted',
  ],
])('%s is told as it concerns a local run', (reason, message, told) => {
  expect(news({ reason, message })).toBe(told);
});

describe('the time left', () => {
  const ended = [1, 2, 3, 4, 5, 6].map((n) => aTrial(n, { state: 'Stopped' }));
  const session = { startedAt: 0, endedBefore: 1 };
  const left = (study = aStudy(), trials = ended) => viewOf({ study, trials, session, now: 10_000 }).leftMs;

  test('follows from how fast trials have ended in this run', () => {
    expect(left()).toBe(12_000);
  });
  test('is not told from too few', () => {
    expect(left(aStudy(), ended.slice(1))).toBeUndefined();
  });
  test('is at least what those need that train to the end', () => {
    const pace1 = aTrial(7, { state: 'Running', curve: [3, 2] });
    const spec = { limits: { maxTrials: 7 } };
    expect(left(aStudy({ spec }), [...ended, pace1])).toBe(2_000);
    expect(viewOf({ study: aStudy({ spec }), trials: [...ended, pace1], session, now: 3_000 }).leftMs).toBe(6_000);
  });
  test('is never more than the limit of time allows', () => {
    expect(left(aStudy({ status, spec: { limits: { maxTrials: 12, maxDuration: '15s' } } }))).toBe(5_000);
  });
});
