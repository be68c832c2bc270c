/** Studies as a team applies them: valid and short as they come, so that a test names only what it is about. */
import { studyManifest } from '../../builders.ts';
import type { Json } from './rest.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Json;
}

const SHORT: Json = {
  resource: { max: 3 },
  algorithm: { randomSearch: {} },
  limits: { maxTrials: 1 },
  // Left to their defaults.
  parallelism: undefined,
  seed: undefined,
};

/**
 * One trial of three epochs, its configuration drawn at random. The given fields of the spec replace the usual ones;
 * undefined leaves one to its default.
 */
export function aStudy(name: string, spec: Json = {}): Manifest {
  return { ...studyManifest({ ...SHORT, ...spec }), metadata: { name } };
}

/** The template of Jobs with one container, `train`, which has these fields besides, and its pod those. */
export function jobWith(container: Json, pod: Json = {}): Json {
  return { spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1', ...container }], ...pod } } } };
}
