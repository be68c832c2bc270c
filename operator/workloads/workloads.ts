/**
 * The objects that train trials, of whatever kind a Study names: for each kind in use one cache kept equal to the
 * cluster, begun when a Study first needs it.
 */
import type { StudySpec } from '../api/study.ts';
import { isJobTemplate } from '../api/workload.ts';
import { type Cluster, type Kind, type KubeObject, keyOf, type ObjectRef, type Query } from '../kube/cluster.ts';
import { type Job, POD, type Pod } from '../kube/kinds.ts';
import type { Cache, Change } from '../runtime/cache.ts';
import type { Freshness } from '../runtime/freshness.ts';
import type { Reflector } from '../runtime/reflector.ts';

export interface Source<T extends KubeObject> {
  readonly cache: Cache<T>;
  readonly reflector: Reflector<T>;
}

/** Where the objects of a kind are read and written. */
export interface Place {
  readonly kind: Kind<Job>;
  readonly cache: Cache<Job>;
  /** Nothing is decided on a cache that has not seen our own writes. */
  readonly guard: Freshness;
  /** The pods that labels of the Study's find; undefined where all pods carry ours. */
  readonly pods: Cache<Pod> | undefined;
}

export interface WorkloadsOptions {
  readonly cluster: Pick<Cluster, 'discover'>;
  readonly jobs: Place;
  /** Index of objects by namespace/name of their Trial. */
  readonly byTrial: { readonly name: string; readonly keys: (object: KubeObject) => readonly string[] };
  readonly open: <T extends KubeObject>(
    kind: Kind<T>,
    query: Pick<Query, 'labelSelector'>,
    onChange: (change: Change<T>) => void,
  ) => Source<T>;
  /** Selects the objects that are ours. */
  readonly labelSelector: string;
  readonly guard: (source: Source<Job>) => Freshness;
  /** Something happened that concerns this Trial. */
  readonly wake: (trialKey: string) => void;
}

export class Workloads {
  readonly #options: WorkloadsOptions;
  readonly #sources = new Map<string, Promise<Place | undefined>>();
  readonly #pods = new Map<string, Source<Pod>>();
  readonly #running = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
  }

  /** Runs until the signal aborts and everything begun meanwhile has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all(this.#running);
  }

  /** Where the objects of a Study are; undefined while the cluster has no such kind. Throws KubeError. */
  async place({ trialTemplate }: StudySpec): Promise<Place | undefined> {
    const { apiVersion = '', kind = '', pods } = trialTemplate;
    if (isJobTemplate(trialTemplate)) return this.#options.jobs;
    const place = await this.#known(`${apiVersion} ${kind}`, () => this.#begin(apiVersion, kind));
    return place && { ...place, pods: pods && this.#podsBy(pods.labels).cache };
  }

  /** The Trials whose pods were found by labels, of one of those. */
  trialsOf(pod: ObjectRef): readonly string[] {
    return [...this.#pods].flatMap(([key, { cache }]) => {
      const found = cache.get(keyOf(pod));
      return found ? trialsBy(JSON.parse(key) as Labels)(found) : [];
    });
  }

  /** One search at a time; what was not found is searched again. */
  async #known(key: string, begin: () => Promise<Place | undefined>): Promise<Place | undefined> {
    const known = this.#sources.get(key);
    if (known) return known;
    const begun = begin();
    this.#sources.set(key, begun);
    const forget = (): void => void this.#sources.delete(key);
    begun.then((place) => (place === undefined ? forget() : undefined), forget);
    return begun;
  }

  async #begin(apiVersion: string, name: string): Promise<Place | undefined> {
    const { cluster, open, guard, labelSelector, byTrial, wake } = this.#options;
    const found = await cluster.discover(apiVersion, name);
    if (found === undefined) return undefined;
    const kind = found as Kind<Job>;
    const source = open(kind, { labelSelector }, ({ before, after }) => {
      const object = after ?? before;
      for (const trial of object ? byTrial.keys(object) : []) wake(trial);
    });
    source.cache.index(byTrial.name, byTrial.keys);
    this.#run(source);
    return { kind, cache: source.cache, guard: guard(source), pods: undefined };
  }

  #podsBy(labels: Labels): Source<Pod> {
    const key = JSON.stringify(labels);
    const known = this.#pods.get(key);
    if (known) return known;
    const { open, byTrial, wake } = this.#options;
    const keys = trialsBy(labels);
    const source = open<Pod>(POD, { labelSelector: selectorOf(labels) }, ({ before, after }) => {
      const pod = after ?? before;
      for (const trial of pod ? keys(pod) : []) wake(trial);
    });
    source.cache.index(byTrial.name, keys);
    this.#pods.set(key, source);
    this.#run(source);
    return source;
  }

  #run({ reflector }: { readonly reflector: { run(signal: AbortSignal): Promise<void> } }): void {
    if (this.#signal === undefined) throw new Error('workloads are begun only while the operator runs');
    const running = reflector.run(this.#signal);
    this.#running.add(running);
  }
}

type Labels = Readonly<Record<string, string>>;

/** What is the same for all trials, and the names of the labels that are not. */
function selectorOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => (value.includes('$(') ? key : `${key}=${value}`))
    .join(',');
}

/** The Trial a pod tells of by its labels. */
function trialsBy(labels: Labels): (object: KubeObject) => readonly string[] {
  return ({ metadata }) => {
    for (const [key, wanted] of Object.entries(labels)) {
      const value = metadata.labels?.[key];
      const name = value === undefined ? undefined : NAME_OF[wanted]?.(value);
      if (name !== undefined) return [keyOf({ namespace: metadata.namespace ?? '', name })];
    }
    return [];
  };
}

const NAME_OF: Readonly<Record<string, (value: string) => string>> = {
  '$(trial.name)': (value) => value,
  '$(attempt.name)': (value) => value.replace(/-[0-9]+$/, ''),
};
