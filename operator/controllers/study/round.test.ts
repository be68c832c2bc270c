import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { answerAll } from '../../../src/decide.ts';
import { anAttempt, aStudy, aTrial, curve, NOW, stored, trialStatus } from '../../../test/builders.ts';
import type { Study, StudyStatus } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { condition } from '../../conditions.ts';
import { Suggester } from '../../engine/suggester.ts';
import type { KubeObject } from '../../kube/cluster.ts';
import { FakeClock } from '../../runtime/testing/fake-clock.ts';
import { noTelemetry } from '../../telemetry.ts';
import type { Cleaner } from './cleaning.ts';
import { Round, type StudyContext } from './round.ts';

interface Looked {
  /** Of the condition Succeeded, in the status written. */
  readonly succeeded: string;
  /** What was decided, with the number of the trial. */
  readonly decided: readonly string[];
  /** What was thrown, if anything. */
  readonly hindered?: unknown;
}

/** One look at the Study while it has these trials. */
async function look(study: Study, trials: readonly Trial[], cleaner?: Cleaner): Promise<Looked> {
  const statuses: (StudyStatus | undefined)[] = [study.status];
  const decided: string[] = [];
  const clock = new FakeClock(Date.parse(NOW));
  const guard = { write: (_: string, call: () => Promise<unknown>) => call() };
  const context = {
    clock,
    log: pino({ level: 'silent' }),
    telemetry: noTelemetry,
    record: () => undefined,
    cleaner,
    guards: { studies: guard, trials: guard },
    suggester: new Suggester({
      suggest: async (input, openings) => answerAll(input, openings),
      onSettled: () => undefined,
      clock,
      telemetry: noTelemetry,
    }),
    cluster: {
      apply: async (_: unknown, trial: Trial) => {
        decided.push(`${trial.spec.decisions.at(-1)?.kind} ${trial.spec.number}`);
        return trial;
      },
      applyStatus: async (_: unknown, object: KubeObject & Pick<Study, 'status'>) => {
        statuses.push(object.status);
        return object;
      },
    },
  } as unknown as StudyContext;
  const accepted = { seed: 1, startTime: NOW };
  const round = new Round(context, { key: 'default/digits', study, trials, accepted, strays: 0, writtenAt: new Map() });
  const hindered = await round.run().then(
    () => undefined,
    (error: unknown) => error,
  );
  const { status, reason } = condition(statuses.at(-1)?.conditions, 'Succeeded') ?? {};
  return { succeeded: `${status} ${reason}`, decided, hindered };
}

const PROMOTING = { asynchronousHyperband: { scheduling: 'Promotion' } };

/** Waits at the first rung; the best of three that do may go on. */
function paused(number: number): Trial {
  const decisions = [
    { seq: number, kind: 'Start', at: NOW },
    { seq: 10 + number, kind: 'Pause', level: 1, at: NOW },
  ] as const;
  const observations = curve(number / 10);
  const attempts = [anAttempt({ until: 1, codeTime: NOW, endTime: NOW, outcome: 'Succeeded' })];
  return aTrial(number, { decisions }, trialStatus('Paused', { observations, attempts }));
}

function completed(number: number): Trial {
  const decisions = [
    { seq: number, kind: 'Start', at: NOW },
    { seq: 10 + number, kind: 'Complete', level: 9, at: NOW },
  ] as const;
  return aTrial(number, { decisions, until: 9 }, trialStatus('Completed', { observations: curve(0.5) }));
}

function unstarted(number: number): Trial {
  const decisions = [
    { seq: number, kind: 'Start', at: NOW },
    { seq: 10 + number, kind: 'Fail', level: 0, at: NOW },
  ] as const;
  const endTime = new Date(Date.parse(NOW) + 1000).toISOString();
  const attempts = [anAttempt({ endTime, outcome: 'Failed', failure: 'StartFailed' })];
  const failure = { class: 'StartFailed', message: 'no image' } as const;
  return aTrial(number, { decisions }, trialStatus('Failed', { attempts, failure }));
}

const three = [paused(1), paused(2), paused(3)];
const suspended = (maxTrials: number): Study =>
  stored(aStudy({ algorithm: PROMOTING, limits: { maxTrials }, suspend: true }));

describe('a suspended Study', () => {
  test('has not ended while a paused trial would be promoted, and promotes none', async () => {
    expect(await look(suspended(3), three)).toEqual({ succeeded: 'Unknown Suspended', decided: [] });
  });

  test('has not ended while another trial could be started', async () => {
    expect((await look(suspended(3), [completed(1), completed(2)])).succeeded).toBe('Unknown Suspended');
  });

  test('has ended where nothing could be started or promoted otherwise', async () => {
    expect((await look(suspended(2), [completed(1), completed(2)])).succeeded).toBe('True MaxTrialsReached');
  });

  test('promotes when it is resumed', async () => {
    const study = stored(aStudy({ algorithm: PROMOTING, limits: { maxTrials: 3 }, parallelism: 1 }));
    expect(await look(study, three)).toEqual({ succeeded: 'Unknown Running', decided: ['Promote 1'] });
  });
});

describe('a Study whose trials cannot start', () => {
  const study = stored(aStudy({ algorithm: PROMOTING, limits: { maxTrials: 6 } }));
  const failed = [unstarted(4), unstarted(5), unstarted(6)];

  test('has not ended while a paused trial would be promoted, and promotes none yet', async () => {
    expect(await look(study, [...three, ...failed])).toEqual({ succeeded: 'Unknown Stalled', decided: [] });
  });

  test('has ended where nothing could be started or promoted otherwise', async () => {
    const all = [completed(1), completed(2), completed(3), ...failed];
    expect((await look(study, all)).succeeded).toBe('True MaxTrialsReached');
  });
});

test('a Study that has ended, since its model found no paused trial worth going on with, stays so when it is suspended', async () => {
  const conditions = [
    { type: 'Succeeded', status: 'True', reason: 'MaxTrialsReached', message: 'all have run' },
  ] as const;
  const study = stored(aStudy({ algorithm: { freezeThaw: {} }, limits: { maxTrials: 3 }, suspend: true }), {
    conditions,
  });
  expect((await look(study, three)).succeeded).toBe('True MaxTrialsReached');
});

test('a Study whose checkpoints cannot be removed has ended all the same', async () => {
  const broken = new TypeError('a fault of ours');
  const cleaner: Cleaner = { remove: () => Promise.reject(broken), settle: async () => undefined };
  const study = stored(aStudy({ limits: { maxTrials: 1 }, checkpoint: { claimName: 'shared', retain: 'None' } }));
  const trial = completed(1);
  const trained = { ...trial, status: { ...trial.status, attempts: [anAttempt({ outcome: 'Succeeded' })] } };
  expect(await look(study, [trained], cleaner)).toMatchObject({
    succeeded: 'True MaxTrialsReached',
    hindered: broken,
  });
});
