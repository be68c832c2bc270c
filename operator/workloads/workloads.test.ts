import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aStudy } from '../../test/builders.ts';
import { TRIAL_LABEL } from '../api/common.ts';
import type { StudySpec } from '../api/study.ts';
import { type Kind, KubeError, type KubeObject, keyOf, type ObjectMeta, type Query, refOf } from '../kube/cluster.ts';
import { JOB, type Job, POD, type Pod } from '../kube/kinds.ts';
import { createStore, type LocalCluster } from '../local/store.ts';
import { Cache, type Change } from '../runtime/cache.ts';
import { deferred } from '../runtime/deferred.ts';
import { Freshness } from '../runtime/freshness.ts';
import { Reflector } from '../runtime/reflector.ts';
import { FakeClock, settle } from '../runtime/testing/fake-clock.ts';
import { noTelemetry } from '../telemetry.ts';
import { type Place, type Source, Workloads, type WorkloadsOptions } from './workloads.ts';

const BY_TRIAL = 'trial';
const namespace = 'default';
const clock = new FakeClock();
const log = pino({ level: 'silent' });

const kindOf = (group: string, kind: string): Kind<Job> => ({
  group,
  version: 'v1',
  kind,
  plural: `${kind.toLowerCase()}s`,
});
const GANG = kindOf('example.com', 'Gang');

type Labels = Readonly<Record<string, string>>;

/** The spec of a Study whose trials are objects of this kind. */
function using(kind: string, { labels, group = 'example.com' }: { labels?: Labels; group?: string } = {}): StudySpec {
  const ending = { primaryContainer: 'train', success: { type: 'Done' }, failure: { type: 'Broken' } };
  const pods = labels && { pods: { labels } };
  return aStudy({ trialTemplate: { apiVersion: `${group}/v1`, kind, ...ending, ...pods, spec: { workers: 2 } } }).spec;
}

function gang(name: string, labels: Labels): Job {
  const metadata: ObjectMeta = { name, namespace, labels };
  return { apiVersion: 'example.com/v1', kind: 'Gang', metadata, spec: {} } as unknown as Job;
}

function pod(name: string, labels: Labels): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec: { containers: [] } };
}

function trialKey({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[TRIAL_LABEL];
  return name === undefined ? [] : [keyOf({ namespace: metadata.namespace ?? '', name })];
}

let cluster: LocalCluster;
/** What was asked of the cluster and begun, in order. */
let told: string[];
let woken: string[];
/** Finds a kind, or not. */
let discover: (apiVersion: string, kind: string) => Promise<Kind | undefined>;
/** What has begun ends only after this. */
let mayEnd: Promise<void>;
let end: AbortController;
let workloads: Workloads;
let running: Promise<void>;

class Lingering<T extends KubeObject> extends Reflector<T> {
  override async run(signal: AbortSignal): Promise<void> {
    await super.run(signal);
    await mayEnd;
  }
}

const open: WorkloadsOptions['open'] = (kind, query, onChange) => {
  told.push(`watch ${kind.plural}.${kind.group} ${query.labelSelector}`);
  return source(kind, query, onChange);
};

function source<T extends KubeObject>(
  kind: Kind<T>,
  query: Pick<Query, 'labelSelector'>,
  onChange: (change: Change<T>) => void,
): Source<T> {
  const cache = new Cache<T>();
  const shared = { cluster, clock, log, random: () => 0.5, telemetry: noTelemetry };
  return { cache, reflector: new Lingering<T>({ ...shared, kind, query, cache, onChange }) };
}

const guard: WorkloadsOptions['guard'] = ({ reflector }) =>
  new Freshness({ clock, log, relist: () => reflector.relist() });

function aWorkloads(): Workloads {
  const jobs = source(JOB, {}, () => undefined);
  return new Workloads({
    cluster: {
      discover: (apiVersion, kind) => {
        told.push(`search ${kind} in ${apiVersion}`);
        return discover(apiVersion, kind);
      },
    },
    jobs: { kind: JOB, cache: jobs.cache, guard: guard(jobs), pods: undefined },
    byTrial: { name: BY_TRIAL, keys: trialKey },
    open,
    labelSelector: TRIAL_LABEL,
    guard,
    wake: (trial) => woken.push(trial),
  });
}

beforeEach(() => {
  cluster = createStore({ clock });
  told = [];
  woken = [];
  discover = async (apiVersion, kind) => kindOf(apiVersion.replace('/v1', ''), kind);
  mayEnd = Promise.resolve();
  end = new AbortController();
  workloads = aWorkloads();
  running = workloads.run(end.signal);
});

afterEach(async () => {
  end.abort();
  await running;
});

/** Where a Study's objects are, once everything begun has been filled. */
async function filled(spec: StudySpec): Promise<Place> {
  const place = await workloads.place(spec);
  await settle();
  if (place === undefined) throw new Error('there is no such kind');
  return place;
}

const names = (objects: readonly KubeObject[]): readonly string[] => objects.map(({ metadata }) => metadata.name);

describe('where the objects of a Study are', () => {
  test('is known of Jobs from the beginning', async () => {
    expect((await workloads.place(aStudy().spec))?.kind).toBe(JOB);
    expect(told).toEqual([]);
  });

  test('is found when a Study first needs their kind: those of ours, by their Trial', async () => {
    await cluster.create(GANG, gang('a-1', { [TRIAL_LABEL]: 'a' }));
    await cluster.create(GANG, gang('foreign', {}));
    const { kind, cache } = await filled(using('Gang'));
    expect(kind).toEqual(GANG);
    expect(names(cache.all())).toEqual(['a-1']);
    expect(names(cache.list(BY_TRIAL, 'default/a'))).toEqual(['a-1']);
    expect(told).toEqual(['search Gang in example.com/v1', `watch gangs.example.com ${TRIAL_LABEL}`]);
  });

  test('is found once for all Studies, in one cache that our writes guard', async () => {
    const [one, two] = [await filled(using('Gang')), await filled(using('Gang'))];
    expect([two.cache, two.guard]).toEqual([one.cache, one.guard]);
    expect(told.filter((what) => what.startsWith('watch'))).toHaveLength(1);
  });

  test('is searched for once at a time', async () => {
    const answer = deferred<Kind | undefined>();
    discover = () => answer.promise;
    const asked = [workloads.place(using('Gang')), workloads.place(using('Gang'))];
    answer.resolve(GANG);
    const [one, two] = await Promise.all(asked);
    expect(one?.cache).toBe(two?.cache);
    expect(told).toHaveLength(2);
  });

  test('is told apart by group and by name', async () => {
    const specs = [using('Gang'), using('Gang', { group: 'example.org' }), using('Crew')];
    const caches = await Promise.all(specs.map(async (spec) => (await filled(spec)).cache));
    expect(new Set(caches).size).toBe(3);
  });

  test('is searched for again where it was not found', async () => {
    discover = async () => undefined;
    expect(await workloads.place(using('Gang'))).toBeUndefined();
    discover = async () => GANG;
    expect((await workloads.place(using('Gang')))?.kind).toBe(GANG);
    await workloads.place(using('Gang'));
    expect(told.filter((what) => what.startsWith('search'))).toHaveLength(2);
  });

  test('is searched for again where the search failed, which each who asked is told', async () => {
    discover = async () => {
      throw new KubeError('Network', 'the connection was reset');
    };
    const asked = await Promise.allSettled([workloads.place(using('Gang')), workloads.place(using('Gang'))]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    discover = async () => GANG;
    expect((await workloads.place(using('Gang')))?.kind).toBe(GANG);
    expect(told.filter((what) => what.startsWith('search'))).toHaveLength(2);
  });
});

test('an object that appears, changes or goes wakes its Trial', async () => {
  await filled(using('Gang'));
  const created = await cluster.create(GANG, gang('a-1', { [TRIAL_LABEL]: 'a' }));
  await settle();
  await cluster.update(GANG, { ...created, spec: { ...created.spec, suspend: true } });
  await settle();
  await cluster.delete(GANG, refOf(created));
  await settle();
  expect(woken).toEqual(['default/a', 'default/a', 'default/a']);
});

describe('pods that are found by labels', () => {
  const byTrial = { job: '$(trial.name)', role: 'leader' };
  const byAttempt = { 'gang-name': '$(attempt.name)' };

  test('are those with what is the same for all trials, and with the labels that are not', async () => {
    const { pods } = await filled(using('Gang', { labels: byTrial }));
    await cluster.create(POD, pod('leads', { job: 'a', role: 'leader' }));
    await cluster.create(POD, pod('works', { job: 'a', role: 'worker' }));
    await cluster.create(POD, pod('of-nobody', { role: 'leader' }));
    await settle();
    expect(names(pods?.all() ?? [])).toEqual(['leads']);
    expect(told.at(-1)).toBe('watch pods. job,role=leader');
  });

  test.each<[string, Labels, Labels]>([
    ['the name of a Trial', byTrial, { job: 'a-0001', role: 'leader' }],
    ['the name of an attempt', byAttempt, { 'gang-name': 'a-0001-12' }],
    ['either, among others', { ...byAttempt, study: 'a' }, { study: 'a', 'gang-name': 'a-0001-2' }],
  ])('wake their Trial and are found by it, told by %s', async (_, labels, own) => {
    const { pods } = await filled(using('Gang', { labels }));
    await cluster.create(POD, pod('p', own));
    await settle();
    await cluster.delete(POD, { namespace, name: 'p' });
    expect(names(pods?.list(BY_TRIAL, 'default/a-0001') ?? [])).toEqual(['p']);
    expect(workloads.trialsOf({ namespace, name: 'p' })).toEqual(['default/a-0001']);
    await settle();
    expect(woken).toEqual(['default/a-0001', 'default/a-0001']);
    expect(workloads.trialsOf({ namespace, name: 'p' })).toEqual([]);
  });

  test('are in one cache for all Studies with the same labels, and in another for others', async () => {
    const [one, same, other] = await Promise.all([
      filled(using('Gang', { labels: byTrial })),
      filled(using('Crew', { labels: byTrial })),
      filled(using('Gang', { labels: byAttempt })),
    ]);
    expect(same.pods).toBe(one.pods);
    expect(other.pods).not.toBe(one.pods);
    expect(other.cache).toBe(one.cache);
  });

  test('are not looked for where a Study names no labels', async () => {
    await filled(using('Gang', { labels: byTrial }));
    expect((await filled(using('Gang'))).pods).toBeUndefined();
  });
});

describe('the workloads end', () => {
  test('when everything they began has ended', async () => {
    const lingers = deferred<void>();
    mayEnd = lingers.promise;
    await filled(using('Gang', { labels: { job: '$(trial.name)' } }));
    let hasEnded = false;
    void running.then(() => {
      hasEnded = true;
    });
    end.abort();
    await settle();
    expect(hasEnded).toBe(false);
    lingers.resolve();
    await running;
  });

  test('at once where they began nothing, also when they were to end before', async () => {
    end.abort();
    await running;
    await aWorkloads().run(end.signal);
  });

  test('and tell of nothing from then on', async () => {
    await filled(using('Gang'));
    end.abort();
    await running;
    await cluster.create(GANG, gang('a-1', { [TRIAL_LABEL]: 'a' }));
    await settle();
    expect(woken).toEqual([]);
  });

  test('and begin nothing before they run', async () => {
    await expect(aWorkloads().place(using('Gang'))).rejects.toThrow('only while the operator runs');
  });
});
