/** Reports from elsewhere than a quiet log, on a real API server, with the operator as its own process. */
import { expect, test } from 'vitest';
import { TRIAL, type Trial } from '../../operator/api/trial.ts';
import { POD } from '../../operator/kube/kinds.ts';
import { deferred } from '../../operator/runtime/deferred.ts';
import { aStudy, type Manifest } from './harness/manifest.ts';
import { type PodScript, printing, running, studyOf } from './harness/pod-script.ts';
import type { Json } from './harness/rest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const report = (epoch: number): string => `{"epoch": ${epoch}, "val_error": ${1 / epoch}, "loss": ${2 / epoch}}`;

/** Opened by the test when something has been seen. */
const seen = deferred<void>();
const annotated = deferred<void>();

/** By the name of the Study. */
const SCRIPTS: Readonly<Record<string, PodScript>> = {
  file: running(async ({ print, log }) => {
    print('training says nothing of use');
    for (const epoch of [1, 2, 3]) log('abohb-metrics').print(report(epoch));
    return 0;
  }),
  crashing: running(async ({ print, log }) => {
    log('abohb-metrics').print(report(1));
    print('Traceback: out of ideas');
    return 1;
  }),
  rotated: running(async ({ print, log }) => {
    print(report(1));
    await seen.promise;
    log('train').rotate();
    log('train').sever();
    for (const epoch of [2, 3]) print(report(epoch));
    return 0;
  }),
  annotation: running(async () => {
    await annotated.promise;
    return 0;
  }),
};

/** One trial, whose loss is kept as well. */
function reporting(name: string, metrics: Json): Manifest {
  return aStudy(name, { metrics: { ...metrics, additional: ['loss'] } });
}

describeOnCluster('the metrics of a trial', 'nodes', (plane) => {
  const team = teamOn(plane, 'metrics');
  serve(plane, { teams: [team], script: (pod) => SCRIPTS[studyOf(pod)] ?? printing([]) });

  const trialOf = (study: string): Promise<Trial> => team.get(TRIAL, `${study}-0001`);
  const levels = ({ status }: Trial): unknown => status?.observations?.map(({ resource, value }) => [resource, value]);
  const CURVE = [1, 2, 3].map((epoch) => [epoch, 1 / epoch]);

  test('in a file: the API server takes the sidecar, and its log is read', async () => {
    await team.apply(reporting('file', { file: { path: '/metrics/train.jsonl' } }));
    const study = await team.ended('file');
    expect(levels(await trialOf('file'))).toEqual(CURVE);
    expect(study.status?.best).toMatchObject({ value: 1 / 3, resource: 3, additional: { loss: 2 / 3 } });
    const [pod] = await team.list(POD, 'file');
    expect(pod?.spec.initContainers).toMatchObject([{ name: 'abohb-metrics', restartPolicy: 'Always' }]);
  });

  test('in a file, of code that fails: its last words are those of the code', async () => {
    await team.apply(reporting('crashing', { file: { path: '/metrics/train.jsonl' } }));
    await team.ended('crashing');
    expect((await trialOf('crashing')).status?.failure?.message).toContain('last lines of its log: Traceback');
  });

  test('in a log that is rotated while nobody reads it: what was read before is on record', async () => {
    await team.apply(reporting('rotated', { log: {} }));
    await team.reaches('rotated', 1);
    seen.resolve();
    await team.ended('rotated');
    expect(levels(await trialOf('rotated'))).toEqual(CURVE);
  });

  test('in an annotation: with the time each says, each once whatever the watch merges', async () => {
    await team.apply(reporting('annotation', { annotation: {} }));
    const pod = await until(
      'its pod runs',
      async () => (await team.list(POD, 'annotation')).find(({ status }) => status?.phase === 'Running'),
      60_000,
    );
    const at = new Date(Date.parse(pod.status?.startTime ?? '') + 1).toISOString();
    const items = [1, 2, 3].map((epoch) => ({ ...(JSON.parse(report(epoch)) as object), at }));
    const annotate = (list: unknown): Promise<string> =>
      team.kubectl(['annotate', 'pod', pod.metadata.name, '--overwrite', `abohb.dev/reports=${JSON.stringify(list)}`]);
    await annotate(items.slice(0, 1));
    await annotate(items);
    await team.reaches('annotation', 3);
    await annotate([]);
    annotated.resolve();
    await team.ended('annotation');
    const trial = await trialOf('annotation');
    expect(levels(trial)).toEqual(CURVE);
    expect(trial.status?.observations?.map((observation) => observation.at)).toEqual([at, at, at]);
  });
});
