import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aStudy } from '../../test/builders.ts';
import { TRIAL_LABEL } from '../api/common.ts';
import type { Study, StudySpec } from '../api/study.ts';
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
function using(kind: string, group = 'example.com', pods?: { readonly labels: Labels }): StudySpec {
  const ending = { primaryContainer: 'train', success: { type: 'Done' }, failure: { type: 'Broken' } };
  const spec = { worker: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } };
  return aStudy({ trialTemplate: { apiVersion: `${group}/v1`, kind, ...ending, ...(pods && { pods }), spec } }).spec;
}

/** A Study whose pods carry these labels. */
function labelled(labels: Labels, name = 'digits', namespace = 'default'): Study {
  return { ...aStudy(), metadata: { name, namespace }, spec: using('Gang', 'example.com', { labels }) };
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
    told.push('a watch ended');
    await mayEnd;
  }
}

const open: WorkloadsOptions['open'] = (kind, query, onChange) => {
  const where = query.namespace === undefined ? '' : ` in ${query.namespace}`;
  told.push(`watch ${kind.plural}.${kind.group} ${query.labelSelector}${where}`);
  return source(kind, query, onChange);
};

function source<T extends KubeObject>(
  kind: Kind<T>,
  query: Pick<Query, 'namespace' | 'labelSelector'>,
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
    jobs: { kind: JOB, cache: jobs.cache, guard: guard(jobs) },
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
    const specs = [using('Gang'), using('Gang', 'example.org'), using('Crew')];
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

test('whether the cluster has a kind is found out without watching it', async () => {
  expect([await workloads.kindOf(using('Gang')), await workloads.kindOf(aStudy().spec)]).toEqual([GANG, JOB]);
  expect(told).toEqual(['search Gang in example.com/v1']);
  await filled(using('Gang'));
  expect(await workloads.kindOf(using('Gang'))).toEqual(GANG);
  discover = async () => undefined;
  expect(await workloads.kindOf(using('Crew'))).toBeUndefined();
});

describe('pods that are found by labels', () => {
  const byTrial = { job: '$(trial.name)', role: 'leader' };
  const byAttempt = { 'gang-name': '$(attempt.name)' };

  /** Those of a Study, once they are there. */
  async function podsOf(study: Study): Promise<Cache<Pod>> {
    const cache = workloads.pods.of(study);
    await settle();
    if (cache === undefined) throw new Error('the Study names no labels');
    return cache;
  }

  test('are those with what is the same for all trials, and with the labels that are not, in its namespace', async () => {
    const pods = await podsOf(labelled(byTrial));
    await cluster.create(POD, pod('leads', { job: 'a', role: 'leader' }));
    await cluster.create(POD, pod('works', { job: 'a', role: 'worker' }));
    await cluster.create(POD, pod('of-nobody', { role: 'leader' }));
    const elsewhere = pod('elsewhere', { job: 'a', role: 'leader' });
    await cluster.create(POD, { ...elsewhere, metadata: { ...elsewhere.metadata, namespace: 'other' } });
    await settle();
    expect(names(pods.all())).toEqual(['leads']);
    expect(told.at(-1)).toBe('watch pods. job,role=leader in default');
  });

  test.each<[string, Labels, Labels]>([
    ['the name of a Trial', byTrial, { job: 'a-0001', role: 'leader' }],
    ['the name of an attempt', byAttempt, { 'gang-name': 'a-0001-12' }],
    ['either, among others', { ...byAttempt, study: 'a' }, { study: 'a', 'gang-name': 'a-0001-2' }],
    [
      'either, among others that JavaScript knows',
      { ...byAttempt, study: 'constructor' },
      { 'gang-name': 'a-0001-2', study: 'constructor' },
    ],
  ])('wake their Trial and are found by it, told by %s', async (_, labels, own) => {
    const pods = await podsOf(labelled(labels));
    await cluster.create(POD, pod('p', own));
    await settle();
    await cluster.delete(POD, { namespace, name: 'p' });
    expect(names(pods.list(BY_TRIAL, 'default/a-0001'))).toEqual(['p']);
    expect(workloads.pods.trialsOf({ namespace, name: 'p' })).toEqual(['default/a-0001']);
    await settle();
    expect(woken).toEqual(['default/a-0001', 'default/a-0001']);
    expect(workloads.pods.trialsOf({ namespace, name: 'p' })).toEqual([]);
  });

  test('are in one cache for all Studies of a namespace with the same labels, and in another for others', async () => {
    const one = await podsOf(labelled(byTrial));
    const others = [labelled(byAttempt, 'other'), labelled(byTrial, 'digits', 'elsewhere')];
    expect(await podsOf(labelled(byTrial, 'same'))).toBe(one);
    for (const other of others) expect(await podsOf(other)).not.toBe(one);
  });

  test('are not looked for where a Study names no labels', () => {
    expect(workloads.pods.of(aStudy())).toBeUndefined();
    expect(told).toEqual([]);
  });

  test('are watched as long as somebody needs them', async () => {
    await podsOf(labelled(byTrial));
    await podsOf(labelled(byTrial, 'same'));
    workloads.pods.release('default/digits');
    await settle();
    expect(told).toHaveLength(1);
    workloads.pods.release('default/same');
    await settle();
    expect(told.at(-1)).toBe('a watch ended');
    await podsOf(labelled(byTrial));
    expect(told.at(-1)).toMatch(/^watch pods/);
  });

  test('are those of the Study that is there now, not of an earlier one of its name', async () => {
    await podsOf(labelled(byTrial));
    await podsOf(labelled(byAttempt));
    expect(told).toEqual([
      'watch pods. job,role=leader in default',
      'watch pods. gang-name in default',
      'a watch ended',
    ]);
  });
});

describe('the workloads end', () => {
  test('when everything they began has ended', async () => {
    const lingers = deferred<void>();
    mayEnd = lingers.promise;
    await filled(using('Gang'));
    workloads.pods.of(labelled({ job: '$(trial.name)' }));
    await settle();
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
