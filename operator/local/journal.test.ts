import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aLease, ownedBy } from '../../test/contract/objects.ts';
import { LEASE } from '../kube/kinds.ts';
import { openJournal } from './journal.ts';
import { lock } from './lock.ts';
import type { Write } from './objects.ts';
import { identify } from './process.ts';
import { createStore } from './store.ts';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(dir, 'journal.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true }));

function aWrite(version: number, key = `lab/${version}`, label = ''): Write {
  const ref = { namespace: 'lab', name: key.slice(4) };
  const object = aLease(ref, { holderIdentity: 'ä€', leaseTransitions: version }, { labels: { label } });
  return { version, kind: 'leases.coordination.k8s.io', key, entry: { object, owned: { a: { spec: 1 } } } };
}

function aDeletion(version: number, key: string): Write {
  return { version, kind: 'leases.coordination.k8s.io', key };
}

async function written(...writes: Write[]): Promise<void> {
  const journal = await openJournal(dir);
  for (const write of writes) journal.append(write);
  journal.close();
}

async function loaded(): Promise<{ version: number; keys: string[]; writes: readonly Write[] }> {
  const journal = await openJournal(dir);
  const { version, writes } = journal.load();
  journal.close();
  return { version, keys: writes.map(({ key }) => key), writes };
}

describe('a journal', () => {
  test('gives back the last write of each object, and the version of the last of all', async () => {
    await written(aWrite(1), aWrite(2), aWrite(3, 'lab/1'), aWrite(4), aDeletion(5, 'lab/2'));
    expect(await loaded()).toEqual({
      version: 5,
      keys: ['lab/1', 'lab/4'],
      writes: [aWrite(3, 'lab/1'), aWrite(4)],
    });
  });

  test('a new one is empty', async () => {
    expect(await loaded()).toEqual({ version: 0, keys: [], writes: [] });
  });

  test('cut anywhere in its last line, it holds all before that line and goes on', async () => {
    await written(aWrite(1), aWrite(2));
    const start = statSync(path).size;
    await written(aWrite(3));
    const whole = readFileSync(path);
    for (let size = start; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size));
      expect(await loaded(), `cut at byte ${size}`).toMatchObject({ version: 2, keys: ['lab/1', 'lab/2'] });
      await written(aWrite(3));
      expect(await loaded(), `cut at byte ${size}`).toMatchObject({ version: 3, keys: ['lab/1', 'lab/2', 'lab/3'] });
    }
  });

  test('cut in its first line, it is empty', async () => {
    await written();
    truncateSync(path, 5);
    expect(await loaded()).toEqual({ version: 0, keys: [], writes: [] });
  });

  test.each(['not json', '{"version":"1"}', '{"version":1,"kind":"pods","key":"a/b","object":{}}'])(
    'damaged in the middle by %j, it says where',
    async (line) => {
      await written(aWrite(1));
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, `${text}${line}\n${text}`);
      await expect(loaded()).rejects.toMatchObject({
        code: 'DAMAGED_JOURNAL',
        message: `${path}:3 is not a journal entry: restore the file, or remove it to start anew`,
      });
      await expect(loaded()).rejects.toMatchObject({ code: 'DAMAGED_JOURNAL' });
    },
  );

  test('is rewritten when it has grown, and holds the same', async () => {
    const journal = await openJournal(dir, { compactBytes: 4096 });
    for (let version = 1; version <= 500; version++) journal.append(aWrite(version, `lab/${version % 4}`));
    journal.append(aDeletion(501, 'lab/0'));
    journal.close();
    expect(statSync(path).size).toBeLessThan(6000);
    expect(readdirSync(dir)).toEqual(['journal.jsonl']);
    expect(await loaded()).toEqual({
      version: 501,
      keys: ['lab/1', 'lab/2', 'lab/3'],
      writes: [aWrite(497, 'lab/1'), aWrite(498, 'lab/2'), aWrite(499, 'lab/3')],
    });
  });

  test('keeps the version though the object that had it is gone', async () => {
    const journal = await openJournal(dir, { compactBytes: 1 });
    for (let version = 1; version <= 9; version += 2) {
      journal.append(aWrite(version, 'lab/a'));
      journal.append(aDeletion(version + 1, 'lab/a'));
    }
    journal.close();
    expect(await loaded()).toEqual({ version: 10, keys: [], writes: [] });
  });

  test('a rewrite that a crash left half-done does no harm', async () => {
    await written(aWrite(1));
    writeFileSync(`${path}.tmp`, '{"format":"abohb-journal-1","ver');
    const journal = await openJournal(dir, { compactBytes: 1 });
    for (let version = 2; version <= 9; version++) journal.append(aWrite(version, 'lab/a'));
    journal.close();
    expect(await loaded()).toMatchObject({ version: 9, keys: ['lab/1', 'lab/a'] });
  });

  test('carries a store over a restart', async () => {
    const clock = { now: () => 0 };
    const first = createStore({ clock, journal: await openJournal(dir) });
    const owner = await first.create(LEASE, aLease({ namespace: 'lab', name: 'a' }));
    await first.create(LEASE, aLease({ namespace: 'lab', name: 'b' }, {}, ownedBy(owner)));
    first.close();
    const second = createStore({ clock, journal: await openJournal(dir) });
    expect(second.objects(LEASE)).toEqual(first.objects(LEASE));
    await second.delete(LEASE, { namespace: 'lab', name: 'a' });
    second.close();
    expect(await loaded()).toMatchObject({ keys: [] });
  });
});

describe('the lock of a directory', () => {
  const inUse = (pid: number) => ({
    code: 'DIRECTORY_IN_USE',
    message: `${dir} is in use by process ${pid}: wait until it ends, end it, or use another directory`,
  });

  test('keeps a second holder out, until it is released', async () => {
    const journal = await openJournal(dir);
    await expect(openJournal(dir)).rejects.toMatchObject(inUse(process.pid));
    journal.close();
    await written(aWrite(1));
    expect(readdirSync(dir)).toEqual(['journal.jsonl']);
  });

  test('names the other process', () => {
    writeFileSync(join(dir, 'lock'), JSON.stringify(identify(process.ppid)));
    expect(() => lock(dir)).toThrow(expect.objectContaining(inUse(process.ppid)));
  });

  test.each([
    ['of a process that has ended', () => JSON.stringify({ pid: spawnSync('true').pid, start: 'x' })],
    ['of an earlier process with the same id', () => JSON.stringify({ pid: process.pid, start: 'earlier' })],
    ['that says nothing', () => ''],
  ])('%s is taken over', (_, content) => {
    writeFileSync(join(dir, 'lock'), content());
    lock(dir).release();
    expect(readdirSync(dir)).toEqual([]);
  });
});
