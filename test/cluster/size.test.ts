/** How large a Trial gets, as the API server keeps it: with the names of those who own its fields. */
import { beforeAll, expect, test } from 'vitest';
import { STUDY, type Study } from '../../operator/api/study.ts';
import { type Report, TRIAL, type Trial } from '../../operator/api/trial.ts';
import { connect } from '../../operator/kube/api-server.ts';
import { newTrial, withDecision } from '../../operator/objects/trial.ts';
import { anAttempt, aStudy, trialStatus } from '../builders.ts';
import { installDefinitions } from './harness/definitions.ts';
import { describeOnCluster } from './harness/ring.ts';

const AT = '2030-01-01T00:00:00.123Z';
const KIB = 1024;
const why = { value: 0.5, rank: 1, of: 9, cut: 0.5 };

const config = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`parameter_${i}`, Math.SQRT1_2 / (i + 1)]));

/** Reports with all digits a double may have. */
function curve(resources: readonly number[]): readonly Report[] {
  return resources.map((resource) => ({ resource, value: Math.SQRT1_2 / (resource + 1), at: AT }));
}
const upTo = (epochs: number): readonly number[] => Array.from({ length: epochs }, (_, i) => i + 1);

describeOnCluster('a Trial of eight parameters, promoted three times,', 'server', (plane) => {
  beforeAll(() => installDefinitions(plane()));

  /** Creates it as the operator does, with these reports, and gives its size in bytes. */
  async function sizeWith(observations: readonly Report[]): Promise<number> {
    const namespace = await plane().namespace('size');
    const cluster = connect({ version: '0.0.0-test', kubeconfig: plane().kubeconfig });
    const manifest = aStudy();
    const study = await cluster.create<Study>(STUDY, { ...manifest, metadata: { ...manifest.metadata, namespace } });
    const start = {
      kind: 'Start',
      seq: 1,
      known: 0,
      trial: 1,
      config,
      bracket: 0,
      until: 1,
      origin: 'Random',
    } as const;
    let trial: Trial = await cluster.create(TRIAL, newTrial(study, start, AT));
    for (const level of [1, 3, 9]) {
      const decisions = [
        { kind: 'Pause', seq: 10 * level, trial: 1, level, until: level, why },
        { kind: 'Promote', seq: 10 * level + 1, trial: 1, level, until: 3 * level, why },
      ] as const;
      for (const decision of decisions)
        trial = await cluster.apply(TRIAL, withDecision(trial, decision, { at: AT }), { fieldManager: 'abohb' });
    }
    const { name, uid } = trial.metadata;
    const attempts = [1, 3, 9, 27].map((until, i) =>
      anAttempt({
        job: `${name}-${i + 1}`,
        pod: `${name}-${i + 1}-x2k4z`,
        startTime: AT,
        codeTime: AT,
        endTime: AT,
        until,
      }),
    );
    const status = trialStatus('Completed', { observations, attempts, usage: { resource: 27, gpuSeconds: 1234.567 } });
    const { apiVersion, kind } = trial;
    const told = { apiVersion, kind, metadata: { name, namespace, ...(uid && { uid }) }, spec: trial.spec, status };
    await cluster.applyStatus(TRIAL, told, { fieldManager: 'abohb-status' });
    return (await plane().admin.text(`/apis/abohb.dev/v1alpha1/namespaces/${namespace}/trials/${name}`)).length;
  }

  test('stays below 8 KiB with a curve of fifty epochs', async () => {
    expect(await sizeWith(curve(upTo(50)))).toBeLessThan(8 * KIB);
  });

  test('stays below 10 KiB with the longest curve that is kept', async () => {
    const rungs = [1, 3, 9, 27, 81, 243, 729, 2187, 6561, 19683];
    const between = upTo(60).map((i) => 512 * i);
    expect(await sizeWith(curve([...rungs, ...between].toSorted((a, b) => a - b)))).toBeLessThan(10 * KIB);
  });
});
