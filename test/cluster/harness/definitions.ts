/** The definitions of Study and Trial on a control plane, without the chart and its operator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
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
