/** What a user meets on a cluster: refusals, failures, edits and deletion, with the operator as its own process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Study } from '../../operator/api/study.ts';
import type { Trial } from '../../operator/api/trial.ts';
import { condition } from '../../operator/conditions.ts';
import type { Pod } from '../../operator/kube/kinds.ts';
import { type Kubelets, startKubelets } from './harness/kubelet.ts';
import { installChart, type OperatorProcess, startOperatorProcess } from './harness/operator-process.ts';
import { lasting, type PodScript, printing, withoutImage } from './harness/pod-script.ts';
import { type Program, programsFor } from './harness/programs.ts';
import { describeOnCluster } from './harness/ring.ts';
import { until } from './harness/wait.ts';

const report = (epoch: number, value: number | string): string => `{"epoch": ${epoch}, "val_error": ${value}}`;
const curve = [1, 2, 3].map((epoch) => report(epoch, 1 / epoch));

/** By the name of the Study. */
const SCRIPTS: Readonly<Record<string, PodScript>> = {
  plain: printing(curve),
  endless: lasting(report(1, 0.5)),
  silent: printing(['training …', '{"epoch": 1, "loss": 0.3}', 'done']),
  diverging: printing([report(1, 0.5), report(2, 'NaN'), report(3, 'NaN')]),
  flooding: printing(['x'.repeat(10_000_000), ...curve]),
  backwards: printing([report(1, 0.9), report(2, 0.8), report(1, 0.1), report(3, 0.7)]),
  crashing: printing([report(1, 0.5), 'Traceback: out of ideas'], 1),
  infeasible: printing(['this network does not fit'], 65),
  greedy: printing([report(1, 0.5)], { code: 137, reason: 'OOMKilled' }),
  imageless: withoutImage,
};

function aStudy(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
  container: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name },
    spec: {
      objective: { metric: 'val_error' },
      resource: { max: 3 },
      parameters: [{ name: 'lr', float: { min: 0.0001, max: 1, scale: 'Log' } }],
      algorithm: { randomSearch: {} },
      parallelism: 2,
      limits: { maxTrials: 2 },
      trialTemplate: {
        spec: { template: { spec: { containers: [{ name: 'train', image: 'train:1', ...container }] } } },
      },
      ...spec,
    },
  });
}

describeOnCluster('a Study on a cluster', 'nodes', (plane) => {
  let namespace: string;
  let operator: OperatorProcess;
  let kubelets: Kubelets;
  let kubectl: Program;
  beforeAll(async () => {
    namespace = await plane().namespace('life');
    ({ kubectl } = await programsFor(plane().kubeconfig));
    const installed = await installChart(plane(), [namespace]);
    operator = startOperatorProcess({ ...installed, namespaces: [namespace] });
    const script = (pod: Pod): PodScript =>
      SCRIPTS[pod.metadata.labels?.['abohb.dev/study']?.split('-')[0] ?? ''] ?? printing(curve);
    kubelets = await startKubelets({ kubeconfig: plane().kubeconfig, nodes: [{ name: 'life' }], script });
  });
  afterAll(async () => {
    await operator.stop();
    await kubelets.stop();
  });

  const apply = (study: string): Promise<string> => kubectl(['apply', '-n', namespace, '-f', '-'], study);
  const patch = (name: string, spec: unknown): Promise<string> =>
    kubectl(['patch', 'study', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })]);
  const get = async <T>(what: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl(['get', ...what, '-n', namespace, '-o', 'json'])) as T;
  const trialsOf = async (name: string): Promise<readonly Trial[]> =>
    (await get<{ items: readonly Trial[] }>(['trials', '-l', `abohb.dev/study=${name}`])).items;
  const waitFor = (name: string, type: string, reason: string): Promise<Study> =>
    until(
      `${name} has ${type} with ${reason}`,
      async () => {
        const study = await get<Study>(['study', name]);
        return condition(study.status?.conditions, type)?.reason === reason ? study : undefined;
      },
      60_000,
    );
  const message = (study: Study, type: string): string => condition(study.status?.conditions, type)?.message ?? '';

  test('a template that refers to what does not exist is refused with its place and the nearest name', async () => {
    await apply(aStudy('misspelt', {}, { args: ['--lr=$(parameters.lrr)'] }));
    const study = await waitFor('misspelt', 'Ready', 'InvalidTemplate');
    expect(message(study, 'Ready')).toContain(
      'spec.trialTemplate.spec.template.spec.containers[0].args[0]: $(parameters.lrr)',
    );
    expect(message(study, 'Ready')).toContain('did you mean parameters.lr?');
    expect(await trialsOf('misspelt')).toEqual([]);
  });

  test('a Job the API server refuses is reported in its own words before any trial starts', async () => {
    await apply(aStudy('unfit', {}, { ports: [{ containerPort: 99_999 }] }));
    const study = await waitFor('unfit', 'Ready', 'InvalidTemplate');
    expect(message(study, 'Ready')).toMatch(
      /the API server refuses the Job .*containerPort.*must be between 1 and 65535/,
    );
    expect(await trialsOf('unfit')).toEqual([]);
  });

  test('a metric that never appears fails the trial with what was found instead, and too many fail the Study', async () => {
    await apply(aStudy('silent', { limits: { maxTrials: 9, maxFailedTrials: 2 } }));
    const study = await waitFor('silent', 'Succeeded', 'TooManyFailures');
    expect(message(study, 'Succeeded')).toContain(
      'no report of val_error with epoch was found in its log; found there: epoch, loss; last lines of its log: training … ⏎',
    );
  });

  test('NaN fails its trial once and for all, and not the Study', async () => {
    await apply(aStudy('diverging', { limits: { maxTrials: 3, maxFailedTrials: 0 } }));
    await waitFor('diverging', 'Succeeded', 'MaxTrialsReached');
    for (const { status } of await trialsOf('diverging')) {
      expect(status?.failure).toMatchObject({
        class: 'NotFinite',
        message: 'val_error was NaN at epoch 2: the training diverged',
      });
      expect(status?.attempts).toHaveLength(1);
    }
  });

  test('a line of 10 MB is dropped and what comes after it is read', async () => {
    await apply(aStudy('flooding'));
    const study = await waitFor('flooding', 'Succeeded', 'MaxTrialsReached');
    expect(study.status?.bestFinal?.resource).toBe(3);
  });

  test('levels that go backwards change nothing', async () => {
    await apply(aStudy('backwards'));
    await waitFor('backwards', 'Succeeded', 'MaxTrialsReached');
    const [trial] = await trialsOf('backwards');
    expect(trial?.status?.observations?.map(({ resource, value }) => [resource, value])).toEqual([
      [1, 0.9],
      [2, 0.8],
      [3, 0.7],
    ]);
  });

  test('code that crashes fails its trial with its exit code and its last words', async () => {
    await apply(aStudy('crashing', { limits: { maxTrials: 1 } }));
    await waitFor('crashing', 'Succeeded', 'MaxTrialsReached');
    const [trial] = await trialsOf('crashing');
    expect(trial?.status?.failure).toMatchObject({ class: 'UserCode', exitCode: 1 });
    expect(trial?.status?.failure?.message).toContain('Traceback: out of ideas');
  });

  test('code that says that its configuration is infeasible fails its trial and not the Study', async () => {
    const failures = { infeasibleExitCodes: [65] };
    await apply(aStudy('infeasible', { failures, limits: { maxTrials: 2, maxFailedTrials: 0 } }));
    const study = await waitFor('infeasible', 'Succeeded', 'NoTrialReported');
    expect(study.status?.failures).toEqual([{ class: 'Infeasible', trials: 2, attempts: 2 }]);
    const [trial] = await trialsOf('infeasible');
    expect(trial?.status?.failure?.message).toContain('last lines of its log: this network does not fit');
  });

  test('code that runs out of memory is tried again as often as the Study says', async () => {
    await apply(aStudy('greedy', { failures: { retries: { outOfMemory: 1 } }, limits: { maxTrials: 1 } }));
    const study = await waitFor('greedy', 'Succeeded', 'MaxTrialsReached');
    expect(study.status?.failures).toEqual([{ class: 'OutOfMemory', trials: 1, attempts: 2 }]);
  });

  test('an image that is not there fails trials after a while, and stalls the Study', async () => {
    await apply(aStudy('imageless', { failures: { startDeadline: '2s' }, parallelism: 3, limits: { maxTrials: 9 } }));
    const study = await waitFor('imageless', 'Stalled', 'TrialsCannotStart');
    expect(message(study, 'Stalled')).toContain('ImagePullBackOff: Back-off pulling image: not found');
    expect((await trialsOf('imageless')).length).toBeLessThan(6);
    await kubectl(['delete', 'study', 'imageless', '-n', namespace]);
  });

  test('suspended it runs no pod; resumed it goes on; a finished one goes on when maxTrials is raised', async () => {
    await apply(aStudy('endless-one', { limits: { maxTrials: 2 } }));
    const pods = async (): Promise<readonly Pod[]> =>
      (await get<{ items: readonly Pod[] }>(['pods', '-l', 'abohb.dev/study=endless-one'])).items;
    const running = async (n: number): Promise<unknown> =>
      until(
        `${n} pods run`,
        async () => (await pods()).filter(({ status }) => status?.phase === 'Running').length === n,
        60_000,
      );
    await running(2);
    await patch('endless-one', { suspend: true });
    await waitFor('endless-one', 'Suspended', 'UserRequest');
    await until('no pod is left', async () => (await pods()).length === 0, 60_000);
    await patch('endless-one', { suspend: false });
    await running(2);

    await apply(aStudy('plain'));
    await waitFor('plain', 'Succeeded', 'MaxTrialsReached');
    await patch('plain', { limits: { maxTrials: 4 } });
    await until(
      'two more trials have ended',
      async () => {
        const { status } = await get<Study>(['study', 'plain']);
        return status?.trials?.completed === 4 && status.completionTime !== undefined;
      },
      60_000,
    );
  });

  test('deleted, it takes its Trials, Jobs and pods with it', async () => {
    await apply(aStudy('endless-two'));
    await until('trials run', async () => (await trialsOf('endless-two')).length === 2, 60_000);
    await kubectl(['delete', 'study', 'endless-two', '-n', namespace]);
    await until(
      'nothing is left',
      async () => {
        const left = await get<{ items: unknown[] }>(['trials,jobs,pods', '-l', 'abohb.dev/study=endless-two']);
        return left.items.length === 0;
      },
      90_000,
    );
  });

  test('kubectl shows it well', async () => {
    expect(await kubectl(['explain', 'study.spec.parameters.float.scale'])).toContain('Log for learning rates');
    const described = await kubectl(['describe', 'study', 'plain', '-n', namespace]);
    expect(described).toMatch(/Reason: +MaxTrialsReached/);
    expect(described).toMatch(/TrialCompleted .* trial \d completed: val_error 0\.3333 at epoch 3/);
    const trials = await kubectl(['get', 'trials', '-n', namespace, '-l', 'abohb.dev/study=plain']);
    expect(trials).toMatch(/NAME +STUDY +STATE +REACHED +VALUE +UNTIL +AGE\nplain-0001 +plain +Completed +3 +0\.3333/);
  });
});
