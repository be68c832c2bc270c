import { expect, test } from 'vitest';
import { anAttempt, aTrial, NOW, trialStatus } from '../../../test/builders.ts';
import type { Attempt, RecordedDecision, Trial } from '../../api/trial.ts';
import { releaseSeconds } from './release.ts';

const at = (seconds: number): string => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
const open: Attempt = anAttempt({ startTime: at(0) });
const ended: Attempt = { ...open, endTime: at(32), outcome: 'Stopped' };
const decision = (kind: RecordedDecision['kind'], seconds: number): RecordedDecision => ({
  seq: 2,
  kind,
  level: 1,
  at: at(seconds),
});
const under = (decided: RecordedDecision, attempt = open): Trial =>
  aTrial(1, { decisions: [decided] }, trialStatus('Running', { attempts: [attempt] }));
const after = (attempt: Attempt) => trialStatus('Stopped', { attempts: [attempt] });

test.each<[string, Trial, Attempt, number | undefined]>([
  ['from the decision to stop it', under(decision('Stop', 30)), ended, 2],
  ['from the decision to pause it', under(decision('Pause', 30)), ended, 2],
  ['at once when it had ended before', under(decision('Pause', 33)), ended, 0],
  ['not while it runs', under(decision('Stop', 30)), open, undefined],
  ['only once', under(decision('Stop', 30), ended), ended, undefined],
  ['not by a decision when it ends by itself', under(decision('Continue', 30)), ended, undefined],
  ['not by a decision about an earlier pod', under(decision('Pause', -5)), ended, undefined],
])('a trial gives its GPU back %s', (_, trial, attempt, seconds) => {
  expect(releaseSeconds(trial, after(attempt))).toBe(seconds);
});
