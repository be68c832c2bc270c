/**
 * Good and bad Studies as data: each is the usual good one with a JSON merge patch (RFC 7386: null removes a field,
 * lists are replaced). The same table is held against `abohb validate` and a real API server.
 */
import { studyManifest } from '../builders.ts';

export type Patch = Readonly<Record<string, unknown>>;

export interface GoodStudy {
  readonly name: string;
  readonly patch: Patch;
}

export interface BadStudy extends GoodStudy {
  /** What is said offline: whole sentences, in this order. */
  readonly says: readonly string[];
  /** What the API server says, as part of its answer; absent where only the operator can tell. */
  readonly server?: string;
}

export interface Edit extends GoodStudy {
  /** What makes the usual good Study the one that is edited. */
  readonly before?: Patch;
  /** What is said offline and by the API server; absent for an edit that is allowed. */
  readonly says?: readonly string[];
}

/** A JSON merge patch applied. */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The usual good Study, changed. */
export function manifest(patch: Patch): Record<string, unknown> {
  return merged(studyManifest(), patch) as Record<string, unknown>;
}

export const spec = (change: Patch): Patch => ({ spec: change });
export const parameters = (...list: readonly Patch[]): Patch => spec({ parameters: list });
export const template = (change: Patch): Patch => spec({ trialTemplate: change });
export const pod = (change: Patch): Patch => template({ spec: { template: { spec: change } } });
export const train = (container: Patch): Patch =>
  pod({ containers: [{ name: 'train', image: 'train:1', ...container }] });
export const asha = (change: Patch): Patch => spec({ algorithm: { asynchronousHyperband: change } });

export const lr = { name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } };
export const optimizer = { name: 'optimizer', categorical: { values: ['sgd', 'adam'] } };
export const momentum = { name: 'momentum', float: { min: 0, max: 0.99 } };

/** Its Jobs wait in a queue of Kueue. */
export const queued = template({ metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' } } });

const workers = { replicas: 2, template: { spec: { containers: [{ name: 'train', image: 'train:1' }] } } };

/** Its trials are objects of another kind, about which nothing is known but the template of its pods. */
export const gang = template({
  apiVersion: 'train.example.com/v1',
  kind: 'Gang',
  primaryContainer: 'train',
  success: { type: 'Done' },
  failure: { type: 'Broken' },
  spec: { template: null, workers },
});

/** Its trials are objects of a kind that makes its pods by itself. */
export const podless = merged(
  gang,
  template({ pods: { labels: { 'gang-name': '$(attempt.name)' } }, spec: { workers: { template: null } } }),
) as Patch;
