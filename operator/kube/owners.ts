/** What the API server keeps of who owns which field: nothing that we read, and up to half of an object. */
import type { KubeObject } from './cluster.ts';

/** The object just received, without `metadata.managedFields`. */
export function withoutOwners<T extends KubeObject>(object: T): T {
  const metadata = object.metadata as { managedFields?: unknown } | undefined;
  if (metadata !== undefined) delete metadata.managedFields;
  return object;
}
