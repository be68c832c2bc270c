/** What both controllers are given: the caches they read, the cluster they write to, and where they tell what they did. */
import type { Logger } from 'pino';
import { STUDY_LABEL } from '../api/common.ts';
import type { Study } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import { type Cluster, type KubeObject, keyOf, type ObjectRef } from '../kube/cluster.ts';
import type { Job, Pod } from '../kube/kinds.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Happening } from '../runtime/events.ts';
import type { Telemetry } from '../telemetry.ts';

export interface Caches {
  readonly studies: Cache<Study>;
  readonly trials: Cache<Trial>;
  readonly jobs: Cache<Job>;
  readonly pods: Cache<Pod>;
}

export interface Context {
  readonly cluster: Cluster;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  /** The operator's own image, for sidecars; undefined where it was not told. */
  readonly image: string | undefined;
  /** Tells an Event about an object; never waits, never fails. */
  readonly record: (object: KubeObject, happening: Happening) => void;
}

/** Fields of a spec and of a status are written under different names, so that neither takes the other's away. */
export const SPEC_MANAGER = 'abohb';
const STATUS_MANAGER = 'abohb-status';

/** Index entry of objects that belong to a Study: namespace/name of the Study. */
export function studyKey(object: KubeObject): readonly string[] {
  const study = object.metadata.labels?.[STUDY_LABEL];
  return study === undefined ? [] : [keyOf({ namespace: object.metadata.namespace ?? '', name: study })];
}

export function studyRef(trial: Trial): ObjectRef {
  return { namespace: trial.metadata.namespace ?? '', name: trial.spec.study };
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}

/** The object with nothing but its status, to be applied: to this incarnation of it and no other. */
export function statusOnly<T extends KubeObject & { readonly status?: unknown }>(object: T, status: T['status']): T {
  const { name, namespace = '', uid = '' } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace, uid },
    status,
  } as unknown as T;
}

/**
 * As `statusOnly`, to this version of it and no other: what the status builds upon cannot have been lost, nor does a write
 * come late from a process that has died. Whoever lost the race gets a Conflict.
 */
export function statusUpon<T extends KubeObject & { readonly status?: unknown }>(object: T, status: T['status']): T {
  const written = statusOnly(object, status);
  const { resourceVersion } = object.metadata;
  return { ...written, metadata: { ...written.metadata, ...(resourceVersion !== undefined && { resourceVersion }) } };
}

export const STATUS_OPTIONS = { fieldManager: STATUS_MANAGER };
