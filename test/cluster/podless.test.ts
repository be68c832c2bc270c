/** Jobs whose pods are refused: by a missing service account, by a pod security standard, by a quota that is used up. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

/** `pod`: fields of the pod's spec beside its container. */
function aStudy(name: string, pod: Readonly<Record<string, unknown>> = {}): string {
  const containers = [{ name: 'train', image: 'train:1' }];
  return JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 3 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      algorithm: { randomSearch: {} },
      parallelism: 1,
      limits: { maxTrials: 1 },
      failures: { startDeadline: '2s' },
      trialTemplate: { spec: { template: { spec: { containers, ...pod } } } },
    },
  });
}

describeOnCluster('a Job that gets no pod', 'controllers', (plane) => {
  let free: string;
  let restricted: string;
  let full: string;
  let operator: OperatorProcess;
  let kubectl: Program;
  beforeAll(async () => {
    ({ kubectl } = await programsFor(plane().kubeconfig));
    free = await plane().namespace('free');
    restricted = await plane().namespace('restricted');
    full = await plane().namespace('full');
    await kubectl(['label', 'namespace', restricted, 'pod-security.kubernetes.io/enforce=restricted']);
    await kubectl(['create', 'quota', 'team', '--hard=pods=0', '-n', full]);
    const namespaces = [free, restricted, full];
    operator = startOperatorProcess({ ...(await installChart(plane(), namespaces)), namespaces });
  });
  afterAll(() => operator.stop());

  const only = async <T>(what: readonly string[], namespace: string): Promise<T | undefined> => {
    const found = await kubectl(['get', ...what, '-n', namespace, '-o', 'json']);
    return (JSON.parse(found) as { items: readonly T[] }).items[0];
  };

  test.each<[string, () => string, Readonly<Record<string, unknown>>, string]>([
    [
      'a service account that is not there',
      () => free,
      { serviceAccountName: 'nobody' },
      'serviceaccount "nobody" not found',
    ],
    [
      'a host path where pods are restricted',
      () => restricted,
      { volumes: [{ name: 'disk', hostPath: { path: '/' } }] },
      'violates PodSecurity "restricted:latest"',
    ],
  ])('for want of %s fails its trial in the words of the refusal', async (_, namespace, pod, words) => {
    await kubectl(['apply', '-n', namespace(), '-f', '-'], aStudy('refused', pod));
    const trial = await until(
      'the trial has failed',
      async () => {
        const own = await only<Trial>(['trials'], namespace());
        return condition(own?.status?.conditions, 'Failed')?.status === 'True' ? own : undefined;
      },
      60_000,
    );
    expect(trial.status?.failure).toMatchObject({ class: 'StartFailed', message: expect.stringContaining(words) });
    expect(await kubectl(['describe', 'trial', trial.metadata.name, '-n', namespace()])).toContain(words);
    await until('its Job is gone', async () => (await only(['jobs'], namespace())) === undefined, 60_000);
    const study = await only<Study>(['studies'], namespace());
    expect(study?.status?.failures).toEqual([{ class: 'StartFailed', trials: 1, attempts: 1 }]);
  });

  test('for want of quota waits, says so, and would run when there is some', async () => {
    await kubectl(['apply', '-n', full, '-f', '-'], aStudy('waiting'));
    await until(
      'the trial says what it waits for',
      async () => {
        const trial = await only<Trial>(['trials'], full);
        return condition(trial?.status?.conditions, 'Queued')?.message?.includes('exceeded quota: team');
      },
      60_000,
    );
    await kubectl(['patch', 'quota', 'team', '-n', full, '--type=merge', '-p', '{"spec":{"hard":{"pods":"1"}}}']);
    await until('its pod is there', async () => (await only(['pods'], full)) !== undefined, 90_000);
  });
});
