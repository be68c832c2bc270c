import { expect, test } from 'vitest';
import { studyManifest } from '../../test/builders.ts';
import { validateStudy } from './validate.ts';

interface Wanted {
  readonly volume: Readonly<Record<string, unknown>>;
  readonly mount?: Readonly<Record<string, unknown>>;
  readonly metrics?: Readonly<Record<string, unknown>>;
}

/** A Study whose template mounts a volume at /data, where the metrics are. */
function refused({ volume, mount = {}, metrics = { file: { path: '/data/out/train.csv' } } }: Wanted) {
  const containers = [{ name: 'train', image: 'x:1', volumeMounts: [{ name: 'all', mountPath: '/data', ...mount }] }];
  const template = { spec: { containers, volumes: [{ name: 'all', ...volume }] } };
  const checkpoint = { claimName: 'c', mountPath: '/data/ours' };
  const validated = validateStudy(studyManifest({ metrics, checkpoint, trialTemplate: { spec: { template } } }));
  return 'problems' in validated ? validated.problems : [];
}

const claim = { persistentVolumeClaim: { claimName: 'shared' } };

test('metrics in a volume that all trials share are refused: each would read what the others report', () => {
  expect(refused({ volume: claim, mount: { subPath: 'here' } })).toEqual([
    {
      path: 'spec.metrics.file.path',
      message:
        '/data/out/train.csv is in volume all, which all trials share, so each would report what others wrote: mount it with a subPath that holds $(trial.name), or choose a folder where nothing, an emptyDir or the checkpoint is mounted',
    },
  ]);
});

test.each([
  ['on the node', { volume: { hostPath: { path: '/scratch' } } }],
  ['for event files', { volume: claim, metrics: { tensorBoard: { path: '/data' } } }],
  ['below a folder named by a parameter', { volume: claim, mount: { subPath: '$(parameters.lr)' } }],
])('so they are %s', (_, wanted) => expect(refused(wanted)).toHaveLength(1));

test.each([
  ['begins with its pod', { volume: { emptyDir: {} } }],
  ['is claimed for its pod', { volume: { ephemeral: { volumeClaimTemplate: {} } } }],
  ['has a folder for each trial', { volume: claim, mount: { subPath: 'runs/$(trial.name)' } }],
  ['has a folder for each attempt', { volume: claim, mount: { subPathExpr: 'runs/$(attempt.name)' } }],
  ['is another for each trial', { volume: { persistentVolumeClaim: { claimName: 'of-$(trial.name)' } } }],
  ['holds the checkpoint deeper down', { volume: claim, metrics: { file: { path: '/data/ours/train.jsonl' } } }],
  ['is not where the metrics are', { volume: claim, metrics: { file: { path: '/metrics/train.jsonl' } } }],
])('a volume that %s is fine', (_, wanted) => expect(refused(wanted)).toEqual([]));
