/** A cluster for tests of the runtime: objects in memory with resource versions, and failures on command. */
import {
  type Cluster,
  type Kind,
  KubeError,
  type KubeObject,
  keyOf,
  type ObjectRef,
  refOf,
} from '../../kube/cluster.ts';

export type TinyVerb = 'get' | 'create' | 'update' | 'apply';

export class TinyCluster implements Cluster {
  /** Verbs asked for so far, with the name of the object. */
  readonly asked: string[] = [];
  /** Awaited before each request takes effect; throws to make it fail. */
  before: (verb: TinyVerb, ref: ObjectRef) => Promise<void> | void = () => undefined;
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;

  peek<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): T | undefined {
    return this.#objects.get(pathOf(kind, ref)) as T | undefined;
  }

  all<T extends KubeObject>(kind: Kind<T>): readonly T[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind.kind) as T[];
  }

  remove(kind: Kind, ref: ObjectRef): void {
    this.#objects.delete(pathOf(kind, ref));
  }

  async get<T extends KubeObject>(kind: Kind<T>, ref: ObjectRef): Promise<T | undefined> {
    await this.#ask('get', ref);
    return this.peek(kind, ref);
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    await this.#ask('create', refOf(object));
    if (this.peek(kind, refOf(object)) !== undefined) throw new KubeError('AlreadyExists', 'it is there');
    return this.#store(kind, object);
  }

  async update<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    await this.#ask('update', refOf(object));
    const before = this.peek(kind, refOf(object));
    if (before === undefined) throw new KubeError('NotFound', 'it is not there');
    if (before.metadata.resourceVersion !== object.metadata.resourceVersion)
      throw new KubeError('Conflict', 'it changed');
    return this.#store(kind, object);
  }

  async apply<T extends KubeObject>(kind: Kind<T>, object: T): Promise<T> {
    await this.#ask('apply', refOf(object));
    return this.#store(kind, { ...this.peek(kind, refOf(object)), ...object });
  }

  discover(): never {
    throw new Error('not part of the tiny cluster');
  }

  list(): never {
    throw new Error('not part of the tiny cluster');
  }

  watch(): never {
    throw new Error('not part of the tiny cluster');
  }

  applyStatus(): never {
    throw new Error('not part of the tiny cluster');
  }

  delete(): never {
    throw new Error('not part of the tiny cluster');
  }

  logs(): never {
    throw new Error('not part of the tiny cluster');
  }

  async #ask(verb: TinyVerb, ref: ObjectRef): Promise<void> {
    this.asked.push(`${verb} ${ref.name}`);
    await this.before(verb, ref);
  }

  #store<T extends KubeObject>(kind: Kind<T>, object: T): T {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects.set(pathOf(kind, refOf(object)), stored);
    return stored;
  }
}

function pathOf(kind: Kind, ref: ObjectRef): string {
  return `${kind.plural}/${keyOf(ref)}`;
}
