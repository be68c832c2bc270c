/** The table of good and bad Studies, in front of a real API server. */
import { beforeAll, describe, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { collectionPath, withQuery } from '../../operator/kube/paths.ts';
import { BAD } from '../validation/bad.ts';
import { EDITS } from '../validation/edits.ts';
import { GOOD } from '../validation/good.ts';
import { manifest, type Patch } from '../validation/study.ts';
import { installDefinitions } from './harness/definitions.ts';
import { type Programs, programsFor } from './harness/programs.ts';
import { type Json, refusalOf } from './harness/rest.ts';
import { describeOnCluster } from './harness/ring.ts';

describeOnCluster('Studies in front of a real API server', 'server', (plane) => {
  let studies: string;
  let namespace: string;
  beforeAll(async () => {
    await installDefinitions(plane());
    namespace = await plane().namespace('validation');
    studies = collectionPath(STUDY, namespace);
  });

  const inNamespace = (patch: Patch): Json => {
    const study = manifest(patch);
    return { ...study, metadata: { ...(study['metadata'] as Json), namespace } };
  };
  const strictly = (path: string): string => withQuery(path, { dryRun: 'All', fieldValidation: 'Strict' });
  const create = (patch: Patch): Promise<string | undefined> =>
    refusalOf(plane().admin.call('POST', strictly(studies), { body: inNamespace(patch) }));

  test.for(GOOD.map((good, i) => ({ ...good, id: `good-${i}` })))(
    'takes $name, and holds it unchanged when it is written as it is',
    async ({ id, patch }) => {
      const { admin } = plane();
      const body = inNamespace(patch);
      const metadata = { name: id, namespace };
      await admin.call('POST', withQuery(studies, { fieldValidation: 'Strict' }), { body: { ...body, metadata } });
      const label = { metadata: { labels: { touched: 'yes' } } };
      expect(await refusalOf(admin.call('PATCH', strictly(`${studies}/${id}`), { body: label }))).toBeUndefined();
    },
  );

  test.for(BAD.filter(({ server }) => server !== undefined))('refuses $name', async ({ patch, server }) => {
    expect(await create(patch)).toContain(server);
  });

  test.for(BAD.filter(({ server }) => server === undefined))('leaves $name to the operator', async ({ patch }) => {
    expect(await create(patch)).toBeUndefined();
  });

  test.for(EDITS.map((edit, i) => ({ ...edit, id: `edited-${i}` })))(
    'edits: $name',
    async ({ id, before = {}, patch, says }) => {
      const { admin } = plane();
      const body = inNamespace(before);
      await admin.call('POST', studies, { body: { ...body, metadata: { name: id, namespace } } });
      const refusal = await refusalOf(admin.call('PATCH', strictly(`${studies}/${id}`), { body: patch }));
      if (says === undefined) expect(refusal).toBeUndefined();
      for (const sentence of says ?? []) expect(refusal).toContain(sentence.replace(/^[^ ]+: /, ''));
    },
  );

  describe('kubectl', () => {
    let programs: Programs;
    beforeAll(async () => {
      programs = await programsFor(plane().kubeconfig);
    });

    test('apply prints the sentence of a broken rule', async () => {
      const study = inNamespace({ spec: { limits: { maxTrials: null } } });
      await expect(programs.kubectl(['apply', '-f', '-'], JSON.stringify(study))).rejects.toThrow(
        'a Study needs an end: set maxTrials, maxDuration or maxGPUHours',
      );
    });

    test('apply names a misspelt field', async () => {
      const study = inNamespace({ spec: { paralelism: 4 } });
      await expect(programs.kubectl(['apply', '-f', '-'], JSON.stringify(study))).rejects.toThrow(
        'unknown field "spec.paralelism"',
      );
    });

    test.each([
      ['study.spec.parameters', 'The search space.'],
      ['study.spec.limits.maxDuration', 'The Study ends this long after its start, such as 90m or 12h.'],
      ['trial.spec.until', 'The resource level the trial may run to.'],
    ])('explain %s teaches', async (path, words) => {
      await expect(programs.kubectl(['explain', path])).resolves.toContain(words);
    });
  });
});
