/**
 * Pods that Studies find by labels of their own. Labels that anybody may choose select whatever they like: they are
 * watched in the Study's namespace only, and no longer than a Study needs it.
 */
import type { Study } from '../api/study.ts';
import { type KubeObject, keyOf, type ObjectRef, refOf } from '../kube/cluster.ts';
import { POD, type Pod } from '../kube/kinds.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Source, WorkloadsOptions } from './workloads.ts';

export interface LabelledPodsOptions extends Pick<WorkloadsOptions, 'byTrial' | 'open' | 'wake'> {
  /** Runs until the signal aborts. */
  readonly run: (source: Source<Pod>, signal: AbortSignal) => void;
}

/** One watch, for all Studies of a namespace with the same labels. */
interface Watch {
  readonly cache: Cache<Pod>;
  readonly trialsOf: (pod: KubeObject) => readonly string[];
  /** Namespace/name of the Studies that use it. */
  readonly users: Set<string>;
  readonly end: AbortController;
}

export class LabelledPods {
  readonly #options: LabelledPodsOptions;
  /** By namespace and labels. */
  readonly #watches = new Map<string, Watch>();

  constructor(options: LabelledPodsOptions) {
    this.#options = options;
  }

  /** From now on, until they are released; undefined where the Study names no labels. */
  of(study: Study): Cache<Pod> | undefined {
    const { pods } = study.spec.trialTemplate;
    if (pods === undefined) return undefined;
    const { namespace } = refOf(study);
    const id = JSON.stringify([namespace, pods.labels]);
    const watch = this.#watches.get(id) ?? this.#begin(id, namespace, pods.labels);
    const user = keyOf(refOf(study));
    if (!watch.users.has(user)) {
      // Those of an earlier Study of the same name.
      this.release(user);
      watch.users.add(user);
    }
    return watch.cache;
  }

  /** The Study needs its pods no longer; whoever was the last ends the watch. */
  release(user: string): void {
    for (const [id, { users, end }] of this.#watches) {
      if (!users.delete(user) || users.size > 0) continue;
      this.#watches.delete(id);
      end.abort();
    }
  }

  /** The Trials whose pods were found by labels, of one of those. */
  trialsOf(pod: ObjectRef): readonly string[] {
    return [...this.#watches.values()].flatMap(({ cache, trialsOf }) => {
      const found = cache.get(keyOf(pod));
      return found ? trialsOf(found) : [];
    });
  }

  #begin(id: string, namespace: string, labels: Labels): Watch {
    const { open, byTrial, wake, run } = this.#options;
    const trialsOf = trialsBy(labels);
    const source = open<Pod>(POD, { namespace, labelSelector: selectorOf(labels) }, ({ before, after }) => {
      const pod = after ?? before;
      for (const trial of pod ? trialsOf(pod) : []) wake(trial);
    });
    source.cache.index(byTrial.name, trialsOf);
    const watch = { cache: source.cache, trialsOf, users: new Set<string>(), end: new AbortController() };
    run(source, watch.end.signal);
    this.#watches.set(id, watch);
    return watch;
  }
}

type Labels = Readonly<Record<string, string>>;

/** What is the same for all trials, and the names of the labels that are not. */
function selectorOf(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => (NAME_OF.has(value) ? key : `${key}=${value}`))
    .join(',');
}

/** The Trial a pod tells of by its labels. */
function trialsBy(labels: Labels): (object: KubeObject) => readonly string[] {
  return ({ metadata }) => {
    for (const [key, wanted] of Object.entries(labels)) {
      const value = metadata.labels?.[key];
      const name = value === undefined ? undefined : NAME_OF.get(wanted)?.(value);
      if (name !== undefined) return [keyOf({ namespace: metadata.namespace ?? '', name })];
    }
    return [];
  };
}

const NAME_OF: ReadonlyMap<string, (value: string) => string> = new Map([
  ['$(trial.name)', (value) => value],
  ['$(attempt.name)', (value) => value.replace(/-[0-9]+$/, '')],
]);
