/** What every implementation of the port `operator/kube/cluster.ts` must do; uses only kinds each API server has. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, Kind, KubeObject, ObjectRef } from '../../operator/kube/cluster.ts';
import { EVENT, JOB, LEASE, POD } from '../../operator/kube/kinds.ts';
import { aJob, aLease, anEvent, aPod, ownedBy, take, until } from './objects.ts';

export interface ContractSubject {
  readonly cluster: Cluster;
  /** An existing, empty namespace. */
  readonly namespace: string;
  /** Makes all resource versions before now too old to watch from; absent where the backend cannot be made to. */
  readonly expire?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const fieldManager = 'contract';

export function clusterContract(name: string, setup: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of a cluster`, () => {
    let subject: ContractSubject;
    let cluster: Cluster;
    let count = 0;

    beforeAll(async () => {
      subject = await setup();
      cluster = subject.cluster;
    });
    afterAll(() => subject?.close());

    /** A name that nothing has yet. */
    const fresh = (): ObjectRef => ({ namespace: subject.namespace, name: `contract-${++count}` });

    /** The resource version now. */
    async function versionNow(): Promise<string> {
      const { resourceVersion } = await cluster.list(LEASE, subject, new AbortController().signal);
      return resourceVersion;
    }

    describe('create and get', () => {
      const kinds: readonly [string, Kind, (ref: ObjectRef) => KubeObject][] = [
        ['Lease', LEASE, aLease],
        ['Job', JOB, aJob],
        ['Pod', POD, aPod],
        ['Event', EVENT, anEvent],
      ];

      test.each(kinds)('a created %s is there, with uid, version and time', async (_, kind, build) => {
        const ref = fresh();
        const created = await cluster.create(kind, build(ref));
        expect(created.metadata).toMatchObject({
          ...ref,
          uid: expect.any(String),
          resourceVersion: expect.stringMatching(/^\d+$/),
          creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        });
        expect((await cluster.get(kind, ref))?.metadata).toEqual(created.metadata);
      });

      test('what is not there is undefined', async () => {
        expect(await cluster.get(LEASE, fresh())).toBeUndefined();
      });

      test('a name is taken once', async () => {
        const lease = aLease(fresh());
        await cluster.create(LEASE, lease);
        await expect(cluster.create(LEASE, lease)).rejects.toMatchObject({ name: 'KubeError', code: 'AlreadyExists' });
      });

      test('a status is not created with the object', async () => {
        const ref = fresh();
        const status = { succeeded: 7 };
        expect((await cluster.create(JOB, { ...aJob(ref), status })).status?.succeeded).toBeUndefined();
      });

      test('the same name again is another object', async () => {
        const ref = fresh();
        const first = await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref);
        expect((await cluster.create(LEASE, aLease(ref))).metadata.uid).not.toBe(first.metadata.uid);
      });
    });

    describe('update', () => {
      test('replaces what was there', async () => {
        const ref = fresh();
        const { metadata } = await cluster.create(LEASE, aLease(ref, { holderIdentity: 'a', leaseTransitions: 1 }));
        const updated = await cluster.update(LEASE, { ...aLease(ref, { holderIdentity: 'b' }), metadata });
        expect(updated.spec).toEqual({ holderIdentity: 'b' });
        expect(updated.metadata.uid).toBe(metadata.uid);
        expect((await cluster.get(LEASE, ref))?.metadata.resourceVersion).toBe(updated.metadata.resourceVersion);
      });

      test('of two updates of the same version the second is a conflict', async () => {
        const ref = fresh();
        const lease = await cluster.create(LEASE, aLease(ref));
        await cluster.update(LEASE, { ...lease, spec: { holderIdentity: 'first' } });
        const second = cluster.update(LEASE, { ...lease, spec: { holderIdentity: 'second' } });
        await expect(second).rejects.toMatchObject({ code: 'Conflict' });
        expect((await cluster.get(LEASE, ref))?.spec.holderIdentity).toBe('first');
      });

      test('what is gone cannot be updated', async () => {
        const ref = fresh();
        const lease = await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref);
        await expect(cluster.update(LEASE, lease)).rejects.toMatchObject({ name: 'KubeError' });
        expect(await cluster.get(LEASE, ref)).toBeUndefined();
      });
    });

    describe('apply', () => {
      test('creates, then changes', async () => {
        const ref = fresh();
        const created = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a' }), { fieldManager });
        const changed = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'b' }), { fieldManager });
        expect(changed.metadata.uid).toBe(created.metadata.uid);
        expect(changed.spec.holderIdentity).toBe('b');
      });

      test('the same again changes nothing, not even the version', async () => {
        const lease = aLease(fresh(), { holderIdentity: 'a' }, { labels: { app: 'x' } });
        await cluster.apply(LEASE, lease, { fieldManager });
        const second = await cluster.apply(LEASE, lease, { fieldManager });
        const third = await cluster.apply(LEASE, lease, { fieldManager });
        expect(third.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
      });

      test('a field no longer applied is gone', async () => {
        const ref = fresh();
        const labels = { keep: 'x', drop: 'y' };
        await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a', leaseTransitions: 1 }, { labels }), {
          fieldManager,
        });
        const less = aLease(ref, { holderIdentity: 'a' }, { labels: { keep: 'x' } });
        const lease = await cluster.apply(LEASE, less, { fieldManager });
        expect(lease.spec).toEqual({ holderIdentity: 'a' });
        expect(lease.metadata.labels).toEqual({ keep: 'x' });
      });

      test("other managers' fields stay, and so does a field that another manager applies too", async () => {
        const ref = fresh();
        await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a', leaseTransitions: 1 }), { fieldManager });
        const other = aLease(ref, { leaseTransitions: 1, leaseDurationSeconds: 9 });
        await cluster.apply(LEASE, other, { fieldManager: 'other' });
        const lease = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a' }), { fieldManager });
        expect(lease.spec).toEqual({ holderIdentity: 'a', leaseTransitions: 1, leaseDurationSeconds: 9 });
      });

      test('takes a field over by force, and the former owner no longer removes it', async () => {
        const ref = fresh();
        await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a', leaseTransitions: 1 }), { fieldManager });
        await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'b' }), { fieldManager: 'other' });
        const lease = await cluster.apply(LEASE, aLease(ref, { leaseTransitions: 1 }), { fieldManager });
        expect(lease.spec).toEqual({ holderIdentity: 'b', leaseTransitions: 1 });
      });

      test('fields set by an update stay when they are not applied', async () => {
        const ref = fresh();
        const lease = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a' }), { fieldManager });
        await cluster.update(LEASE, { ...lease, spec: { ...lease.spec, leaseTransitions: 5 } });
        const applied = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'c' }), { fieldManager });
        expect(applied.spec).toEqual({ holderIdentity: 'c', leaseTransitions: 5 });
      });

      test.each(['uid', 'resourceVersion'] as const)('the current %s passes, another is a conflict', async (key) => {
        const ref = fresh();
        const { metadata: stale } = await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref);
        const { metadata: current } = await cluster.create(LEASE, aLease(ref));
        const spec = { holderIdentity: 'a' };
        const outdated = cluster.apply(LEASE, aLease(ref, spec, { [key]: stale[key] }), { fieldManager });
        await expect(outdated).rejects.toMatchObject({ code: 'Conflict' });
        const lease = await cluster.apply(LEASE, aLease(ref, spec, { [key]: current[key] }), { fieldManager });
        expect(lease.spec).toEqual(spec);
      });

      test('with the uid of a deleted object creates nothing', async () => {
        const ref = fresh();
        const { metadata } = await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref);
        const late = cluster.apply(LEASE, aLease(ref, {}, { uid: metadata.uid! }), { fieldManager });
        await expect(late).rejects.toMatchObject({ code: 'Conflict' });
        expect(await cluster.get(LEASE, ref)).toBeUndefined();
      });
    });

    describe('status and generation', () => {
      const startTime = '2026-01-02T03:04:05Z';

      // Labels in a status write are left out here: built-in kinds take them, custom ones do not.
      test('applyStatus sets the status and nothing of the spec', async () => {
        const ref = fresh();
        const job = await cluster.apply(JOB, aJob(ref, { parallelism: 1 }), { fieldManager });
        const status = { active: 1, startTime };
        const other = { ...aJob(ref, { parallelism: 5 }), status };
        const after = await cluster.applyStatus(JOB, other, { fieldManager });
        expect(after.status).toMatchObject(status);
        expect(after.spec.parallelism).toBe(1);
        expect(after.metadata.generation).toBe(job.metadata.generation);
        expect(after.metadata.resourceVersion).not.toBe(job.metadata.resourceVersion);
      });

      test('apply leaves the status alone', async () => {
        const ref = fresh();
        await cluster.apply(JOB, aJob(ref), { fieldManager });
        await cluster.applyStatus(JOB, { ...aJob(ref), status: { active: 1, startTime } }, { fieldManager });
        const after = await cluster.apply(
          JOB,
          { ...aJob(ref, { parallelism: 2 }), status: { active: 3 } },
          { fieldManager },
        );
        expect(after.status).toMatchObject({ active: 1, startTime });
      });

      test('update leaves the status alone', async () => {
        const ref = fresh();
        await cluster.apply(JOB, aJob(ref), { fieldManager });
        const job = await cluster.applyStatus(
          JOB,
          { ...aJob(ref), status: { active: 1, startTime } },
          { fieldManager },
        );
        const after = await cluster.update(JOB, {
          ...job,
          status: { active: 0 },
          spec: { ...job.spec, parallelism: 3 },
        });
        expect(after.spec.parallelism).toBe(3);
        expect(after.status).toMatchObject({ active: 1, startTime });
      });

      test('a status field no longer applied is gone, and the same status again changes nothing', async () => {
        const ref = fresh();
        await cluster.apply(JOB, aJob(ref), { fieldManager });
        await cluster.applyStatus(JOB, { ...aJob(ref), status: { active: 1, ready: 1, startTime } }, { fieldManager });
        const less = { ...aJob(ref), status: { active: 1, startTime } };
        const second = await cluster.applyStatus(JOB, less, { fieldManager });
        expect(second.status?.ready).toBeUndefined();
        const third = await cluster.applyStatus(JOB, less, { fieldManager });
        expect(third.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
      });

      test('the generation counts changes of the spec, not of labels', async () => {
        const ref = fresh();
        const at = async (parallelism: number, labels = {}): Promise<number | undefined> =>
          (await cluster.apply(JOB, aJob(ref, { parallelism }, { labels }), { fieldManager })).metadata.generation;
        expect([await at(1), await at(1, { a: 'b' }), await at(2, { a: 'b' }), await at(2)]).toEqual([1, 1, 2, 2]);
      });

      test('there is no status of an object that is not there', async () => {
        const missing = { ...aJob(fresh()), status: { active: 1 } };
        const late = cluster.applyStatus(JOB, missing, { fieldManager });
        await expect(late).rejects.toMatchObject({ name: 'KubeError', code: 'NotFound' });
      });

      test('a status for an earlier object of that name is a conflict', async () => {
        const ref = fresh();
        const { metadata } = await cluster.create(JOB, aJob(ref));
        await cluster.delete(JOB, ref);
        await until(cluster, JOB, ref, (job) => job === undefined);
        await cluster.create(JOB, aJob(ref));
        const late = { ...aJob(ref, {}, { uid: metadata.uid! }), status: { active: 1, startTime } };
        await expect(cluster.applyStatus(JOB, late, { fieldManager })).rejects.toMatchObject({ code: 'Conflict' });
      });
    });

    describe('dry run', () => {
      test('create and apply persist nothing', async () => {
        const [one, two] = [fresh(), fresh()];
        await cluster.create(JOB, aJob(one), { dryRun: true });
        await cluster.apply(JOB, aJob(two), { fieldManager, dryRun: true });
        expect([await cluster.get(JOB, one), await cluster.get(JOB, two)]).toEqual([undefined, undefined]);
      });

      test('shows what an apply would make of an object and leaves it as it is', async () => {
        const ref = fresh();
        const { metadata } = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a' }), { fieldManager });
        const shown = await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'b' }), { fieldManager, dryRun: true });
        expect(shown.spec).toEqual({ holderIdentity: 'b' });
        expect(await cluster.get(LEASE, ref)).toMatchObject({
          metadata: { resourceVersion: metadata.resourceVersion },
          spec: { holderIdentity: 'a' },
        });
      });
    });

    describe('delete', () => {
      test('twice is no error', async () => {
        const ref = fresh();
        await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref);
        await cluster.delete(LEASE, ref);
        expect(await cluster.get(LEASE, ref)).toBeUndefined();
      });

      test('of an earlier object of that name leaves the present one alone', async () => {
        const ref = fresh();
        const { metadata } = await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref, { uid: metadata.uid! });
        const present = await cluster.create(LEASE, aLease(ref));
        await cluster.delete(LEASE, ref, { uid: metadata.uid! });
        expect((await cluster.get(LEASE, ref))?.metadata.uid).toBe(present.metadata.uid);
      });

      test('takes the dependents along, and theirs', async () => {
        const [top, middle, bottom, stranger] = [fresh(), fresh(), fresh(), fresh()];
        const owner = await cluster.create(LEASE, aLease(top));
        const child = await cluster.create(LEASE, aLease(middle, {}, ownedBy(owner)));
        await cluster.create(LEASE, aLease(bottom, {}, ownedBy(child)));
        await cluster.create(LEASE, aLease(stranger));
        await cluster.delete(LEASE, top);
        await until(cluster, LEASE, bottom, (lease) => lease === undefined);
        expect(await cluster.get(LEASE, middle)).toBeUndefined();
        expect(await cluster.get(LEASE, stranger)).toBeDefined();
      });

      test('in the foreground the owner goes last', async () => {
        const [top, bottom] = [fresh(), fresh()];
        const from = await versionNow();
        const owner = await cluster.create(LEASE, aLease(top));
        await cluster.create(LEASE, aLease(bottom, {}, ownedBy(owner, true)));
        await cluster.delete(LEASE, top, { propagation: 'Foreground' });
        await until(cluster, LEASE, top, (lease) => lease === undefined);
        const { namespace } = subject;
        const events = cluster.watch(LEASE, { namespace, resourceVersion: from }, new AbortController().signal);
        const deleted: string[] = [];
        for await (const event of events) {
          if (event.type === 'BOOKMARK') continue;
          const { name } = event.object.metadata;
          if (event.type === 'DELETED' && [top.name, bottom.name].includes(name)) deleted.push(name);
          if (deleted.length === 2) break;
        }
        expect(deleted).toEqual([bottom.name, top.name]);
      });

      test('what is made for an owner that is already gone goes too', async () => {
        const [top, bottom] = [fresh(), fresh()];
        const owner = await cluster.create(LEASE, aLease(top));
        await cluster.delete(LEASE, top);
        await cluster.create(LEASE, aLease(bottom, {}, ownedBy(owner)));
        await until(cluster, LEASE, bottom, (lease) => lease === undefined);
      });

      test('a finalizer keeps the object until it is taken off', async () => {
        const ref = fresh();
        await cluster.create(LEASE, aLease(ref, {}, { finalizers: ['example.com/wait'] }));
        await cluster.delete(LEASE, ref);
        const waiting = await cluster.get(LEASE, ref);
        expect(waiting?.metadata.deletionTimestamp).toEqual(expect.any(String));
        const { finalizers: _, ...metadata } = waiting!.metadata;
        await cluster.update(LEASE, { ...waiting!, metadata });
        expect(await cluster.get(LEASE, ref)).toBeUndefined();
      });
    });

    describe('list', () => {
      test('selects by label, in the order of names', async () => {
        const [a, b, c] = [fresh(), fresh(), fresh()];
        const labels = { group: 'list', color: 'red' };
        await cluster.create(LEASE, aLease(c, {}, { labels: { group: 'list', color: 'blue' } }));
        await cluster.create(LEASE, aLease(b, {}, { labels }));
        await cluster.create(LEASE, aLease(a, {}, { labels }));
        const { signal } = new AbortController();
        const names = async (labelSelector: string): Promise<readonly string[]> => {
          const { items } = await cluster.list(LEASE, { namespace: subject.namespace, labelSelector }, signal);
          return items.map(({ metadata }) => metadata.name);
        };
        const inOrder = (...refs: ObjectRef[]): readonly string[] => refs.map(({ name }) => name).sort();
        expect(await names('group=list,color=red')).toEqual(inOrder(a, b));
        expect(await names('group=list')).toEqual(inOrder(a, b, c));
        expect(await names('group=list,color=green')).toEqual([]);
      });

      test('selects by field', async () => {
        const [a, b] = [fresh(), fresh()];
        const about = (ref: ObjectRef, uid: string) => {
          const event = anEvent(ref);
          return { ...event, involvedObject: { ...event.involvedObject, uid } };
        };
        await cluster.create(EVENT, about(a, 'selected'));
        await cluster.create(EVENT, about(b, 'another'));
        const query = { namespace: subject.namespace, fieldSelector: 'involvedObject.uid=selected' };
        const { items } = await cluster.list(EVENT, query, new AbortController().signal);
        expect(items.map(({ metadata }) => metadata.name)).toEqual([a.name]);
      });

      test('of another namespace is empty', async () => {
        await cluster.create(LEASE, aLease(fresh()));
        const { items } = await cluster.list(LEASE, { namespace: 'nobody-lives-here' }, new AbortController().signal);
        expect(items).toEqual([]);
      });
    });

    describe('watch', () => {
      const watched = (resourceVersion: string, labelSelector: string, signal = new AbortController().signal) =>
        cluster.watch(LEASE, { namespace: subject.namespace, resourceVersion, labelSelector }, signal);

      test('tells all that happened after the version, in order', async () => {
        const ref = fresh();
        const labels = { watch: ref.name };
        const from = await versionNow();
        const { metadata } = await cluster.create(LEASE, aLease(ref, {}, { labels }));
        await cluster.apply(LEASE, aLease(ref, { holderIdentity: 'a' }, { labels }), { fieldManager });
        await cluster.delete(LEASE, ref);
        const selector = `watch=${ref.name}`;
        const all = [`ADDED ${ref.name}`, `MODIFIED ${ref.name}`, `DELETED ${ref.name}`];
        expect(await take(watched(from, selector), 3)).toEqual(all);
        expect(await take(watched(metadata.resourceVersion!, selector), 2)).toEqual(all.slice(1));
      });

      test('tells several watchers what happens while they watch', async () => {
        const ref = fresh();
        const from = await versionNow();
        const selector = `watch=${ref.name}`;
        const both = Promise.all([take(watched(from, selector), 1), take(watched(from, selector), 1)]);
        await cluster.create(LEASE, aLease(ref, {}, { labels: { watch: ref.name } }));
        expect(await both).toEqual([[`ADDED ${ref.name}`], [`ADDED ${ref.name}`]]);
      });

      test('an object that ceases to match is deleted, one that begins to is added', async () => {
        const ref = fresh();
        const from = await versionNow();
        const labelled = (watch: string) =>
          cluster.apply(LEASE, aLease(ref, {}, { labels: { watch } }), { fieldManager });
        await labelled(`${ref.name}-not`);
        await labelled(ref.name);
        await labelled(`${ref.name}-not`);
        const events = await take(watched(from, `watch=${ref.name}`), 2);
        expect(events).toEqual([`ADDED ${ref.name}`, `DELETED ${ref.name}`]);
      });

      test('goes on from a list without a gap', async () => {
        const [before, after] = [fresh(), fresh()];
        const labels = { watch: before.name };
        await cluster.create(LEASE, aLease(before, {}, { labels }));
        const query = { namespace: subject.namespace, labelSelector: `watch=${before.name}` };
        const { items, resourceVersion } = await cluster.list(LEASE, query, new AbortController().signal);
        await cluster.create(LEASE, aLease(after, {}, { labels }));
        expect(items.map(({ metadata }) => metadata.name)).toEqual([before.name]);
        expect(await take(watched(resourceVersion, query.labelSelector), 1)).toEqual([`ADDED ${after.name}`]);
      });

      test('ends when its signal aborts', async () => {
        const ref = fresh();
        const from = await versionNow();
        const controller = new AbortController();
        const seen: string[] = [];
        const ended = (async () => {
          for await (const event of watched(from, `watch=${ref.name}`, controller.signal)) {
            if (event.type === 'BOOKMARK') continue;
            seen.push(event.type);
            controller.abort();
          }
        })().catch((error: unknown) => {
          if (!controller.signal.aborted) throw error;
        });
        // The event may be there, and the watch over, before the answer to this.
        await cluster.create(LEASE, aLease(ref, {}, { labels: { watch: ref.name } }));
        await ended;
        expect(seen).toEqual(['ADDED']);
      });

      test('a version that is too old is Gone', async ({ skip }) => {
        if (!subject.expire) return skip('this backend cannot be made to forget');
        const from = await versionNow();
        await cluster.create(LEASE, aLease(fresh()));
        await subject.expire();
        await expect(take(watched(from, 'a=b'), 1)).rejects.toMatchObject({ name: 'KubeError', code: 'Gone' });
      });
    });
  });
}
