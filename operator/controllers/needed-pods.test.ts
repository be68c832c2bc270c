/** Pods that a Study finds by its own labels are watched while it has trials under way, and no longer. */
import pino from 'pino';
import { expect, test } from 'vitest';
import { aStudy, aTrial, NOW, stored, trialStatus } from '../../test/builders.ts';
import type { Study, StudyStatus } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import type { KubeObject } from '../kube/cluster.ts';
import type { TrialStateCondition } from '../observe.ts';
import { FakeClock } from '../runtime/testing/fake-clock.ts';
import { noTelemetry } from '../telemetry.ts';
import type { StudyContext } from './study/round.ts';
import { studyReconciler } from './study/study.ts';
import { type TrialContext, trialReconciler } from './trial/trial.ts';

const study = (status: StudyStatus): Study =>
  stored(aStudy({ limits: { maxTrials: 1 } }), {
    ...status,
    seed: 1,
    startTime: NOW,
    conditions: [{ type: 'Ready', status: 'True' }, ...(status.conditions ?? [])],
  });
const ended = study({ conditions: [{ type: 'Succeeded', status: 'True', reason: 'MaxTrialsReached' }] });
const running = study({ conditions: [{ type: 'Succeeded', status: 'Unknown', reason: 'Running' }] });

function trial(state: TrialStateCondition): Trial {
  const made = aTrial(1, {}, trialStatus(state));
  const ownerReferences = [{ apiVersion: 'abohb.dev/v1alpha1', kind: 'Study', name: 'digits', uid: 'uid-of-digits' }];
  return { ...made, metadata: { ...made.metadata, ownerReferences } };
}

/** What is asked of the pods found by labels when a Study, or its only Trial, is looked at. */
async function asked(which: 'study' | 'trial', of: Study | undefined, only: Trial): Promise<readonly string[]> {
  const told: string[] = [];
  const end = new AbortController().signal;
  const guard = { isFresh: () => true, write: (_: string, call: () => Promise<unknown>) => call() };
  const context = {
    clock: new FakeClock(Date.parse(NOW)),
    log: pino({ level: 'silent' }),
    telemetry: noTelemetry,
    record: () => undefined,
    caches: {
      studies: { get: () => of },
      trials: { get: () => only, list: () => [only] },
      jobs: { list: () => [] },
      pods: { list: () => [] },
    },
    guards: { studies: guard, trials: guard },
    suggester: { forget: () => undefined, take: () => undefined },
    follower: { forget: () => undefined, said: () => undefined },
    cluster: {
      apply: async (_: unknown, object: KubeObject) => object,
      applyStatus: async (_: unknown, object: KubeObject) => object,
    },
    workloads: {
      place: async () => ({ cache: { hasSynced: true, list: () => [] }, guard }),
      pods: {
        release: (key: string) => told.push(`release ${key}`),
        of: ({ metadata }: Study) => {
          told.push(`watch ${metadata.name}`);
          return { hasSynced: false };
        },
      },
    },
  } as unknown as StudyContext & TrialContext;
  if (which === 'study') await studyReconciler(context)('default/digits', end);
  else await trialReconciler(context)('default/digits-0001', end);
  return told;
}

test.each<[string, Study | undefined, TrialStateCondition, readonly string[]]>([
  ['is gone', undefined, 'Running', ['release default/digits']],
  ['has ended with all its trials', ended, 'Completed', ['release default/digits']],
  ['has ended and lets a trial finish', ended, 'Running', []],
  ['runs, though no trial does just now', running, 'Completed', []],
])('a Study that %s', async (_, of, state, expected) => {
  expect(await asked('study', of, trial(state))).toEqual(expected);
});

test.each<[TrialStateCondition, readonly string[]]>([
  ['Queued', ['watch digits']],
  ['Running', ['watch digits']],
  ['Paused', ['watch digits']],
  ['Completed', []],
  ['Failed', []],
])('a trial that is %s', async (state, expected) => {
  expect(await asked('trial', running, trial(state))).toEqual(expected);
});
