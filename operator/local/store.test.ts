import { describe, expect, test } from 'vitest';
import { clusterContract } from '../../test/contract/cluster-contract.ts';
import { aJob, aLease, aPod, ownedBy } from '../../test/contract/objects.ts';
import { KubeError, type WatchEvent } from '../kube/cluster.ts';
import { JOB, LEASE, type Lease, POD } from '../kube/kinds.ts';
import { deepFreeze } from './fields.ts';
import type { Journal, Write } from './objects.ts';
import { createStore, type LocalCluster, type StoreOptions } from './store.ts';

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const fieldManager = 'test';
const ref = { namespace: 'lab', name: 'a' };
const never = new AbortController().signal;

function aStore(options: Partial<StoreOptions> = {}): LocalCluster {
  return createStore({ clock, freeze: true, ...options });
}

clusterContract('the in-process store', async () => {
  const cluster = aStore();
  return {
    cluster,
    namespace: 'contract',
    expire: async () => cluster.forget(),
    close: async () => cluster.close(),
  };
});

/** The events a watch has to tell at once. */
async function told(cluster: LocalCluster, resourceVersion: string): Promise<readonly WatchEvent<Lease>[]> {
  cluster.close();
  const events: WatchEvent<Lease>[] = [];
  for await (const event of cluster.watch(LEASE, { resourceVersion }, never)) events.push(event);
  return events;
}

describe('what a reader gets', () => {
  test('is the stored object itself, shared and never changed', async () => {
    const cluster = aStore();
    const created = await cluster.create(LEASE, aLease(ref, { holderIdentity: 'a' }));
    expect(await cluster.get(LEASE, ref)).toBe(created);
    expect(cluster.objects(LEASE)[0]).toBe(created);
    await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'b' }), { fieldManager });
    expect(created.spec.holderIdentity).toBe('a');
  });

  test('has no undefined members', async () => {
    const lease = { ...aLease(ref), spec: { holderIdentity: undefined, leaseTransitions: 1 } } as unknown as Lease;
    const created = await aStore().apply(LEASE, lease, { fieldManager });
    expect(Object.keys(created.spec)).toEqual(['leaseTransitions']);
  });

  test('repeats exactly in another run', async () => {
    const run = async () => {
      const cluster = aStore();
      return [await cluster.create(LEASE, aLease(ref)), await cluster.apply(JOB, aJob(ref), { fieldManager })];
    };
    expect(await run()).toEqual(await run());
  });
});

describe('admission', () => {
  const isOdd = (lease: Lease): boolean => (lease.spec.leaseTransitions ?? 0) % 2 === 1;
  const kinds: StoreOptions['kinds'] = [
    {
      kind: LEASE,
      admit: (object) => {
        const lease = object as Lease;
        if (isOdd(lease)) throw new KubeError('Invalid', 'spec.leaseTransitions: must be even', { status: 422 });
        return { ...lease, spec: { leaseDurationSeconds: 15, ...lease.spec } } as Lease;
      },
    },
  ];

  test('sets defaults, and an identical apply still changes nothing', async () => {
    const cluster = aStore({ kinds });
    const first = await cluster.apply(LEASE, aLease(ref), { fieldManager });
    expect(first.spec).toEqual({ leaseDurationSeconds: 15 });
    expect(await cluster.apply(LEASE, aLease(ref), { fieldManager })).toBe(first);
  });

  test('refuses an object, and then nothing has happened', async () => {
    const cluster = aStore({ kinds });
    const refused = cluster.create(LEASE, aLease(ref, { leaseTransitions: 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'Invalid' });
    expect([cluster.objects(LEASE), cluster.resourceVersion]).toEqual([[], '0']);
  });
});

test.each([
  [
    { ...aLease(ref), kind: 'Pod' },
    'coordination.k8s.io/v1 Pod was sent to where coordination.k8s.io/v1 Lease is kept',
  ],
  [aLease({ namespace: 'lab', name: '' }), 'metadata.name of a Lease is missing'],
  [aLease({ namespace: '', name: 'a' }), 'metadata.namespace of Lease a is missing'],
])('an object of no known place is a bad request %#', async (object, message) => {
  await expect(aStore().create(LEASE, object)).rejects.toMatchObject({ code: 'BadRequest', message });
});

test.each(['a in (b)', '=b', '!a=b'])('the label selector %j is a bad request', async (labelSelector) => {
  await expect(aStore().list(LEASE, { labelSelector }, never)).rejects.toMatchObject({ code: 'BadRequest' });
});

describe('watching', () => {
  test('a bookmark carries the current version', async () => {
    const cluster = aStore();
    await cluster.create(LEASE, aLease(ref));
    await cluster.create(JOB, aJob(ref));
    cluster.bookmark();
    const version = cluster.resourceVersion;
    expect(await told(cluster, '1')).toEqual([{ type: 'BOOKMARK', resourceVersion: version }]);
  });

  test('a deleted object is told as it last was, under the version of its deletion', async () => {
    const cluster = aStore();
    const lease = await cluster.create(LEASE, aLease(ref));
    await cluster.delete(LEASE, ref);
    const object = { ...lease, metadata: { ...lease.metadata, resourceVersion: '2' } };
    expect(await told(cluster, '1')).toEqual([{ type: 'DELETED', object }]);
  });

  test('history is bounded: a watch from before it is Gone, one that fell behind too', async () => {
    const cluster = aStore({ historyLimit: 2 });
    const write = (n: number) => cluster.apply(LEASE, aLease(ref, { leaseTransitions: n }), { fieldManager });
    await write(0);
    const slow = cluster.watch(LEASE, { resourceVersion: '0' }, never)[Symbol.asyncIterator]();
    expect((await slow.next()).value).toMatchObject({ type: 'ADDED' });
    for (let n = 1; n < 8; n++) await write(n);
    await expect(slow.next()).rejects.toMatchObject({ code: 'Gone', message: expect.stringContaining('fell behind') });
    await expect(told(cluster, '1')).rejects.toMatchObject({ code: 'Gone' });
    expect(await told(cluster, '7')).toHaveLength(1);
  });

  test('aborting a watch that waits ends it', async () => {
    const controller = new AbortController();
    const cluster = aStore();
    const watch = cluster.watch(LEASE, { resourceVersion: '0' }, controller.signal)[Symbol.asyncIterator]();
    const next = watch.next();
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe('deletion', () => {
  test('an object with two owners goes with the second', async () => {
    const cluster = aStore();
    const one = await cluster.create(LEASE, aLease({ namespace: 'lab', name: 'one' }));
    const two = await cluster.create(LEASE, aLease({ namespace: 'lab', name: 'two' }));
    const ownerReferences = [one, two].flatMap((owner) => ownedBy(owner).ownerReferences ?? []);
    await cluster.create(POD, aPod(ref, { ownerReferences }));
    await cluster.delete(LEASE, { namespace: 'lab', name: 'one' });
    expect(cluster.objects(POD)).toHaveLength(1);
    await cluster.delete(LEASE, { namespace: 'lab', name: 'two' });
    expect(cluster.objects(POD)).toHaveLength(0);
  });

  test('in the foreground an owner waits for a dependent that has a finalizer', async () => {
    const cluster = aStore();
    const owner = await cluster.create(JOB, aJob(ref));
    const finalizers = ['example.com/process'];
    await cluster.create(POD, aPod(ref, { ...ownedBy(owner, true), finalizers }));
    await cluster.delete(JOB, ref, { propagation: 'Foreground' });
    const pod = await cluster.get(POD, ref);
    expect(pod?.metadata.deletionTimestamp).toBe('2026-01-02T03:04:05Z');
    expect(cluster.objects(JOB)).toHaveLength(1);
    await cluster.update(POD, { ...pod!, metadata: { ...pod!.metadata, finalizers: [] } });
    expect([cluster.objects(POD), cluster.objects(JOB)]).toEqual([[], []]);
  });
});

describe('a store with a journal', () => {
  class MemoryJournal implements Journal {
    readonly writes = new Map<string, Write>();
    version = 0;
    full = false;
    load() {
      return { version: this.version, writes: [...this.writes.values()] };
    }
    append(write: Write) {
      if (this.full) throw new KubeError('ServerError', 'the disk is full');
      this.version = write.version;
      if (write.entry) this.writes.set(write.key, deepFreeze(write));
      else this.writes.delete(write.key);
    }
    close() {}
  }

  test('goes on where it was: objects, versions, owners and managed fields', async () => {
    const journal = new MemoryJournal();
    const before = aStore({ journal });
    const spec = { holderIdentity: 'a', leaseTransitions: 1 };
    const owner = await before.apply(LEASE, aLease(ref, spec), { fieldManager });
    await before.create(LEASE, aLease({ namespace: 'lab', name: 'child' }, {}, ownedBy(owner)));
    await before.create(LEASE, aLease({ namespace: 'lab', name: 'gone' }));
    await before.delete(LEASE, { namespace: 'lab', name: 'gone' });

    const after = aStore({ journal });
    expect(after.objects(LEASE)).toEqual(before.objects(LEASE));
    expect(after.resourceVersion).toBe('4');
    await expect(told(aStore({ journal }), '3')).rejects.toMatchObject({ code: 'Gone' });
    const applied = await after.apply(LEASE, aLease(ref, { holderIdentity: 'a' }), { fieldManager });
    expect(applied).toMatchObject({ metadata: { resourceVersion: '5', uid: owner.metadata.uid } });
    expect(applied.spec).toEqual({ holderIdentity: 'a' });
    await after.delete(LEASE, ref);
    expect(after.objects(LEASE)).toEqual([]);
  });

  test('a write that cannot be recorded is not done', async () => {
    const journal = new MemoryJournal();
    const cluster = aStore({ journal });
    journal.full = true;
    await expect(cluster.create(LEASE, aLease(ref))).rejects.toMatchObject({ code: 'ServerError' });
    expect([cluster.objects(LEASE), cluster.resourceVersion]).toEqual([[], '0']);
  });
});
