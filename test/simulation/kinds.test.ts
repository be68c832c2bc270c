/** Trials that are objects of another kind, and Jobs that get no pod, under virtual time. */
import { describe, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { condition } from '../../operator/conditions.ts';
import { stateOf } from '../../operator/observe.ts';
import { aStudy, studyManifest } from '../builders.ts';
import { NO_FAULTS } from './faults.ts';
import { LUCKY } from './misfortunes.ts';
import { GANG, type GangSpec } from './play.ts';
import { randomFaults } from './random.ts';
import { type Result, type Scenario, simulate } from './world.ts';

const { trialTemplate: jobs } = studyManifest().spec;

/** Trials are Gangs that treat their pods so. */
function gangs(spec: Partial<GangSpec> = {}, pods?: { readonly labels: GangSpec['podLabels'] }) {
  const workers = { replicas: 1, template: jobs.spec.template } as const;
  return {
    apiVersion: 'example.com/v1',
    kind: GANG.kind,
    primaryContainer: 'train',
    success: { type: 'Done' },
    failure: { type: 'Broken' },
    ...(pods && { pods }),
    spec: {
      copiesLabels: !pods,
      podLabels: pods?.labels ?? {},
      replacesLost: false,
      namesAlike: false,
      workers,
      ...spec,
    },
  };
}

const random = { algorithm: { randomSearch: {} }, limits: { maxTrials: 6 } };
const calm = { seed: 5, faults: NO_FAULTS, misfortunes: LUCKY };

/** Which trial reported what. */
const reports = ({ world }: Result): unknown =>
  world.trials.map(({ status }) => status?.observations?.map(({ resource, value }) => [resource, value]));

describe.each([1, 2])('seed %i: in a rough world Gangs tell what Jobs tell in a calm one', (seed) => {
  const rough = { seed, faults: { ...randomFaults(seed), crash: 0.02 }, misfortunes: { ...LUCKY, lose: 0.2 } };
  test.each([
    ['whose pods carry our labels', gangs({ replacesLost: true })],
    ['whose pods tell their attempt', gangs({ replacesLost: true }, { labels: { gang: '$(attempt.name)' } })],
    ['whose pods tell their trial', gangs({ replacesLost: true }, { labels: { job: '$(trial.name)' } })],
    ['whose pods are named alike', gangs({ replacesLost: true, namesAlike: true })],
  ])('%s', async (_, trialTemplate) => {
    const known = await simulate({ ...calm, seed, study: aStudy({ ...random, seed }) });
    const result = await simulate({ ...rough, study: aStudy({ ...random, seed, trialTemplate }) });
    expect([...known.broken, ...result.broken]).toEqual([]);
    expect(reports(result)).toEqual(reports(known));
  });
});

test('Gangs whose pods are named alike go on where they were when a queue lets them', async () => {
  const metadata = { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } };
  const trialTemplate = { ...gangs({ namesAlike: true }), metadata };
  const study = aStudy({ ...random, trialTemplate, resource: { max: 81 }, checkpoint: { claimName: 'checkpoints' } });
  const { broken, world } = await simulate({ ...calm, study, quota: 3 });
  expect([broken, world.trials.map(({ status }) => stateOf(status))]).toEqual([
    [],
    world.trials.map(() => 'Completed'),
  ]);
  const outcomes = world.trials.flatMap(({ status }) => status?.attempts?.map(({ outcome }) => outcome));
  expect(new Set(outcomes)).toEqual(new Set(['Preempted', 'Succeeded']));
});

test('a kind that the cluster does not have refuses the Study until it has', async () => {
  const seen: unknown[] = [];
  const user: Scenario['user'] = async ({ store, time }) => {
    await time.sleep(9 * 60_000);
    seen.push(condition(store.objects(STUDY)[0]?.status?.conditions, 'Ready')?.reason);
  };
  const study = aStudy({ ...random, trialTemplate: gangs() });
  const { broken, world } = await simulate({ ...calm, study, user, kindsAfterMs: 10 * 60_000 });
  expect([broken, seen, world.trials.length]).toEqual([[], ['UnknownKind'], 6]);
});

test('Jobs whose pods are refused fail to start, but where that is for want of quota or passes in time', async () => {
  const ends: unknown[] = [];
  for (const seed of [1, 2, 3, 4]) {
    const study = aStudy({ ...random, seed });
    const { broken, world } = await simulate({ ...calm, seed, study, misfortunes: { ...LUCKY, refused: 1 } });
    expect(broken).toEqual([]);
    ends.push(...world.trials.map(({ status }) => status?.failure?.message ?? stateOf(status)));
  }
  const failed = /^Job \S+ could not make its pod within 10m: .*service account/;
  for (const end of ends) expect(end).toMatch(end === 'Completed' ? /./ : failed);
  const completed = ends.filter((end) => end === 'Completed').length;
  expect([completed > 0, completed < ends.length]).toEqual([true, true]);
});
