import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, NOW } from '../test/builders.ts';
import { STUDY } from './api/study.ts';
import { jobCleaner } from './cleaner.ts';
import { JOB } from './kube/kinds.ts';
import { createStore } from './local/store.ts';

const trials = [aTrial(1), aTrial(2)];

async function begun() {
  const cluster = createStore({ clock: { now: () => Date.parse(NOW) } });
  const cleaner = jobCleaner(cluster, 'abohb:1');
  const study = await cluster.create(STUDY, aStudy({ checkpoint: { claimName: 'shared', retain: 'None' } }));
  const first = await cleaner.remove(study, trials);
  const end = async (type: 'Complete' | 'Failed'): Promise<void> => {
    const [job] = cluster.objects(JOB);
    const conditions = [{ type, status: 'True', message: 'it is stuck' } as const];
    if (job) await cluster.applyStatus(JOB, { ...job, status: { conditions } }, { fieldManager: 'test' });
  };
  return { cluster, cleaner, study, first, end };
}

describe('checkpoints in a cluster are removed by a Job', () => {
  test('of which there is one at a time', async () => {
    const { cluster, cleaner, study, first } = await begun();
    expect([first, await cleaner.remove(study, [aTrial(3)])]).toEqual([{ kind: 'UnderWay' }, { kind: 'UnderWay' }]);
    expect(cluster.objects(JOB).map(({ metadata }) => metadata.name)).toEqual(['digits-clean']);
  });

  test('whose trials are told when it is complete, and which goes when that is on record', async () => {
    const { cluster, cleaner, study, end } = await begun();
    await end('Complete');
    expect(await cleaner.remove(study, [aTrial(3)])).toEqual({ kind: 'Done', trials: ['digits-0001', 'digits-0002'] });
    await cleaner.settle(study);
    expect(cluster.objects(JOB)).toEqual([]);
  });

  test('whose failure is told', async () => {
    const { cleaner, study, end } = await begun();
    await end('Failed');
    const cleaning = await cleaner.remove(study, trials);
    expect(cleaning).toEqual({ kind: 'Failed', message: 'Job digits-clean failed: it is stuck' });
  });

  test('that of an earlier Study of the same name tells nothing', async () => {
    const { cleaner, study, end } = await begun();
    await end('Complete');
    const another = { ...study, metadata: { ...study.metadata, uid: 'another' } };
    expect(await cleaner.remove(another, trials)).toEqual({ kind: 'UnderWay' });
  });
});

describe('its program', () => {
  const clean = (...args: string[]) => promisify(execFile)(process.execPath, ['operator/clean.ts', ...args]);

  test('removes what it is told, there or not, and nothing else', async () => {
    const root = mkdtempSync(join(tmpdir(), 'clean-'));
    for (const name of ['digits-0001-a/deep', 'digits-0002-b']) mkdirSync(join(root, name), { recursive: true });
    await clean(root, 'digits-0001-a', 'digits-0009-z');
    expect(readdirSync(root)).toEqual(['digits-0002-b']);
  });

  test.each(['..', '../etc', '/etc', 'a/../..', ''])('does not leave its folder: %j', async (folder) => {
    await expect(clean(tmpdir(), folder)).rejects.toThrow("not a folder's name");
  });
});
