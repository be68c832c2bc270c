/**
 * The objects that train trials, of whatever kind a Study names: for each kind in use one cache kept equal to the
 * cluster, begun when a Study first needs it.
 */
import type { StudySpec } from '../api/study.ts';
import { isJobTemplate } from '../api/workload.ts';
import type { Cluster, Kind, KubeObject, Query } from '../kube/cluster.ts';
import type { Job } from '../kube/kinds.ts';
import type { Cache, Change } from '../runtime/cache.ts';
import type { Freshness } from '../runtime/freshness.ts';
import type { Reflector } from '../runtime/reflector.ts';
import { LabelledPods } from './labelled-pods.ts';

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
}

export interface WorkloadsOptions {
  readonly cluster: Pick<Cluster, 'discover'>;
  readonly jobs: Place;
  /** Index of objects by namespace/name of their Trial. */
  readonly byTrial: { readonly name: string; readonly keys: (object: KubeObject) => readonly string[] };
  readonly open: <T extends KubeObject>(
    kind: Kind<T>,
    query: Pick<Query, 'namespace' | 'labelSelector'>,
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
  /** The pods that Studies find by labels. */
  readonly pods: LabelledPods;
  readonly #running = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
    this.pods = new LabelledPods({ ...options, run: (source, end) => this.#run(source, end) });
  }

  /** Runs until the signal aborts and everything begun meanwhile has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all(this.#running);
  }

  /** What the trials of a Study are; undefined while the cluster has no such kind. Watches nothing. Throws KubeError. */
  async kindOf({ trialTemplate }: StudySpec): Promise<Kind<Job> | undefined> {
    const { apiVersion = '', kind = '' } = trialTemplate;
    if (isJobTemplate(trialTemplate)) return this.#options.jobs.kind;
    const known = await this.#sources.get(idOf(apiVersion, kind));
    return known?.kind ?? ((await this.#options.cluster.discover(apiVersion, kind)) as Kind<Job> | undefined);
  }

  /**
   * Where the objects of an accepted Study are; undefined while the cluster has no such kind. Of a kind once begun the
   * objects are watched for good: they are ours, and no more than we made. Throws KubeError.
   */
  async place({ trialTemplate }: StudySpec): Promise<Place | undefined> {
    const { apiVersion = '', kind = '' } = trialTemplate;
    if (isJobTemplate(trialTemplate)) return this.#options.jobs;
    return this.#known(idOf(apiVersion, kind), () => this.#begin(apiVersion, kind));
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
    return { kind, cache: source.cache, guard: guard(source) };
  }

  #run({ reflector }: { readonly reflector: { run(signal: AbortSignal): Promise<void> } }, end?: AbortSignal): void {
    if (this.#signal === undefined) throw new Error('workloads are begun only while the operator runs');
    const running = reflector.run(end === undefined ? this.#signal : AbortSignal.any([this.#signal, end]));
    this.#running.add(running);
    void running.then(
      () => this.#running.delete(running),
      () => undefined,
    );
  }
}

function idOf(apiVersion: string, kind: string): string {
  return `${apiVersion} ${kind}`;
}
