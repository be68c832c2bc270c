/** Definitions of kinds: those of Study and Trial, without the chart and its operator, and those of a test's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Kind } from '../../../operator/kube/cluster.ts';
import { withQuery } from '../../../operator/kube/paths.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Json } from './rest.ts';
import { until } from './wait.ts';

export async function installDefinitions({ admin }: ControlPlane): Promise<void> {
  for (const plural of ['studies', 'trials']) {
    const definition = parse(readFileSync(join(import.meta.dirname, `../../../crds/${plural}.yaml`), 'utf8')) as Json;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.abohb.dev`;
    const details = { body: definition, patch: 'application/apply-patch+yaml' } as const;
    await admin.call('PATCH', withQuery(path, { fieldManager: 'test', force: 'true' }), details);
    await until(`${plural} are served`, () => admin.call('GET', `/apis/abohb.dev/v1alpha1/${plural}`));
  }
}

/** The definition of a kind about whose objects nothing is said. */
export function definitionOf({ group, version, kind, plural }: Kind, subresources: Json = {}): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // Without the annotation no group of Kubernetes' own is taken.
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, played by tests' },
    },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, subresources, schema }],
    },
  };
}
