/** Jobs whose pods are refused: by a missing service account, by a pod security standard, by a quota that is used up. */
import { beforeAll, expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { JOB, POD } from '../../operator/kube/kinds.ts';
import { aStudy, jobWith, type Manifest } from './harness/manifest.ts';
import type { Json } from './harness/rest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import type { Team } from './harness/team.ts';
import { until } from './harness/wait.ts';

/** Gives up soon. `pod`: fields of the pod's spec beside its container. */
function impatient(name: string, pod: Json = {}): Manifest {
  return aStudy(name, { failures: { startDeadline: '2s' }, trialTemplate: jobWith({}, pod) });
}

describeOnCluster('a Job that gets no pod', 'controllers', (plane) => {
  const free = teamOn(plane, 'free');
  const restricted = teamOn(plane, 'restricted');
  const full = teamOn(plane, 'full');
  beforeAll(async () => {
    const standard = 'pod-security.kubernetes.io/enforce=restricted';
    await restricted.kubectl(['label', 'namespace', restricted.namespace, standard]);
    await full.kubectl(['create', 'quota', 'team', '--hard=pods=0']);
  });
  serve(plane, { teams: [free, restricted, full] });

  test.each<[string, Team, Json, string]>([
    [
      'a service account that is not there',
      free,
      { serviceAccountName: 'nobody' },
      'serviceaccount "nobody" not found',
    ],
    [
      'a host path where pods are restricted',
      restricted,
      { volumes: [{ name: 'disk', hostPath: { path: '/' } }] },
      'violates PodSecurity "restricted:latest"',
    ],
  ])('for want of %s fails its trial in the words of the refusal', async (_, team, pod, words) => {
    await team.apply(impatient('refused', pod));
    const trial = await team.firstTrial('refused', 'Failed');
    expect(trial.status?.failure).toMatchObject({ class: 'StartFailed', message: expect.stringContaining(words) });
    expect(await team.kubectl(['describe', 'trial', trial.metadata.name])).toContain(words);
    await until('its Job is gone', async () => (await team.list(JOB, 'refused')).length === 0, 60_000);
    const study = await team.get(STUDY, 'refused');
    expect(study.status?.failures).toEqual([{ class: 'StartFailed', trials: 1, attempts: 1 }]);
  });

  test('for want of quota waits, says so, and would run when there is some', async () => {
    await full.apply(impatient('waiting'));
    await full.has(TRIAL, 'waiting-0001', { type: 'Queued', message: 'exceeded quota: team' });
    await full.kubectl(['patch', 'quota', 'team', '--type=merge', '-p', '{"spec":{"hard":{"pods":"1"}}}']);
    await until('its pod is there', async () => (await full.list(POD, 'waiting')).length > 0, 90_000);
  });
});
