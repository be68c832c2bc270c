import { describe, expect, test } from 'vitest';
import { anAttempt, aStudy, aTrial, NOW, stored, trialStatus } from '../../../test/builders.ts';
import { trialSchema } from '../../api/trial.ts';
import { validateShape } from '../../api/validate.ts';
import { stateOf } from '../../observe.ts';
import { refusedStep } from './refusing.ts';
import { type Step, step } from './step.ts';
import type { TrialView } from './view.ts';

const JOB = 'digits-0001-1';
const QUOTA = 'jobs.batch "digits-0001-1" is forbidden: exceeded quota: team, requested: count/jobs.batch=1';
const POLICY = 'admission webhook "policy" denied the request: no such team';
const nothing = { jobs: [], pods: [], news: undefined, levels: [1, 3, 9], pauses: false };

/** Trial 1, so many seconds after its Job was first refused. */
function seconds(passed: number, trial = aTrial(1)): TrialView {
  return { ...nothing, study: stored(aStudy()), trial, now: Date.parse(NOW) + passed * 1000 };
}
const refused = (view: TrialView, words: string, isFinal = false): Step =>
  refusedStep(view, step(view), { words, isFinal });
const waiting = aTrial(1, {}, { ...trialStatus('Queued'), refusedTime: NOW });
const message = ({ status }: Step): unknown =>
  status.conditions?.find((condition) => condition.status === 'True')?.message;

describe('a trial whose Job is refused for good has failed to start', () => {
  test('in the words of whoever refused it', () => {
    const { status } = refused(seconds(0), 'no such queue', true);
    expect([stateOf(status), status.failure]).toEqual(['Failed', { class: 'StartFailed', message: 'no such queue' }]);
    expect(status.attempts).toEqual([anAttempt({ outcome: 'Failed', failure: 'StartFailed', endTime: NOW })]);
  });

  test('which are cut to fit into its status', () => {
    const view = seconds(0);
    const { status } = refused(view, 'no '.repeat(2000), true);
    expect(validateShape(trialSchema, { ...view.trial, status })).toHaveProperty('object');
  });

  test('and the attempt before keeps how it ended', () => {
    const before = aTrial(1, {}, trialStatus('Running', { attempts: [anAttempt({ pod: 'p', startTime: NOW })] }));
    const { status } = refused(seconds(0, before), 'no such queue', true);
    expect(status.attempts?.map(({ job, outcome }) => [job, outcome])).toEqual([
      [JOB, 'Disrupted'],
      ['digits-0001-2', 'Failed'],
    ]);
  });
});

describe('a trial whose Job is refused for now', () => {
  test('waits in the words of the refusal, without an attempt', () => {
    const next = refused(seconds(0), POLICY);
    expect([stateOf(next.status), message(next), next.requeueAfterMs]).toEqual([
      'Queued',
      `waits to run: its Job was refused: ${POLICY}`,
      5_000,
    ]);
    expect([next.status.attempts, next.status.refusedTime]).toEqual([undefined, NOW]);
  });

  test('is tried the rarer the longer it was', () => {
    const waits = [3, 20, 500].map((passed) => refused(seconds(passed, waiting), POLICY).requeueAfterMs);
    expect(waits).toEqual([5_000, 20_000, 60_000]);
  });

  test('fails after the time it has to start', () => {
    const { status } = refused(seconds(600, waiting), POLICY);
    expect(status.failure).toEqual({
      class: 'StartFailed',
      message: `its Job could not be created within 10m: ${POLICY}`,
    });
  });

  test('for want of quota waits as long as it takes', () => {
    expect(stateOf(refused(seconds(86_400, waiting), QUOTA).status)).toBe('Queued');
  });

  test('forgets it once the Job is there', () => {
    expect(step(seconds(20, waiting)).status.refusedTime).toBeUndefined();
  });
});
