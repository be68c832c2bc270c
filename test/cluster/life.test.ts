/** What a user meets on a cluster: refusals, failures, edits and deletion, with the operator as its own process. */
import { expect, test } from 'vitest';
import { STUDY } from '../../operator/api/study.ts';
import { TRIAL } from '../../operator/api/trial.ts';
import { POD, type Pod } from '../../operator/kube/kinds.ts';
import { aStudy, jobWith, type Manifest } from './harness/manifest.ts';
import { flagOf, lasting, type PodScript, printing, running, studyOf, withoutImage } from './harness/pod-script.ts';
import type { Json } from './harness/rest.ts';
import { describeOnCluster, serve, teamOn } from './harness/ring.ts';
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
  // Its code does not hear SIGTERM.
  again: running(async ({ pod, print }) => {
    const isFirst = flagOf(pod, 'take') === '1';
    for (const epoch of [1, 2, 3]) print(report(epoch, isFirst ? 0.001 : 0.5));
    return isFirst ? new Promise<never>(() => undefined) : 0;
  }),
};

/** Two trials, both at once. */
function aPair(name: string, spec: Json = {}): Manifest {
  return aStudy(name, { parallelism: 2, limits: { maxTrials: 2 }, ...spec });
}

describeOnCluster('a Study on a cluster', 'nodes', (plane) => {
  const team = teamOn(plane, 'life');
  serve(plane, { teams: [team], script: (pod) => SCRIPTS[studyOf(pod).split('-')[0] ?? ''] ?? printing(curve) });

  test('a template that refers to what does not exist is refused with its place and the nearest name', async () => {
    await team.apply(aStudy('misspelt', { trialTemplate: jobWith({ args: ['--lr=$(parameters.lrr)'] }) }));
    const { message } = await team.has(STUDY, 'misspelt', { type: 'Ready', reason: 'InvalidTemplate' });
    expect(message).toContain('spec.trialTemplate.spec.template.spec.containers[0].args[0]: $(parameters.lrr)');
    expect(message).toContain('did you mean parameters.lr?');
    expect(await team.list(TRIAL, 'misspelt')).toEqual([]);
  });

  test('a Job the API server refuses is reported in its own words before any trial starts', async () => {
    await team.apply(aStudy('unfit', { trialTemplate: jobWith({ ports: [{ containerPort: 99_999 }] }) }));
    const { message } = await team.has(STUDY, 'unfit', { type: 'Ready', reason: 'InvalidTemplate' });
    expect(message).toMatch(/the API server refuses the Job .*containerPort.*must be between 1 and 65535/);
    expect(await team.list(TRIAL, 'unfit')).toEqual([]);
  });

  test('a metric that never appears fails the trial with what was found instead, and too many fail the Study', async () => {
    await team.apply(aPair('silent', { limits: { maxTrials: 9, maxFailedTrials: 2 } }));
    const { message } = await team.has(STUDY, 'silent', { type: 'Succeeded', reason: 'TooManyFailures' });
    expect(message).toContain(
      'no report of val_error with epoch was found in its log; found there: epoch, loss; last lines of its log: training … ⏎',
    );
  });

  test('NaN fails its trial once and for all, and not the Study', async () => {
    await team.apply(aPair('diverging', { limits: { maxTrials: 3, maxFailedTrials: 0 } }));
    await team.ended('diverging');
    for (const { status } of await team.list(TRIAL, 'diverging')) {
      expect(status?.failure).toMatchObject({
        class: 'NotFinite',
        message: expect.stringContaining('val_error was NaN at epoch 2: the training diverged'),
      });
      expect(status?.attempts).toHaveLength(1);
    }
  });

  test('a line of 10 MB is dropped and what comes after it is read', async () => {
    await team.apply(aPair('flooding'));
    const study = await team.ended('flooding');
    expect(study.status?.bestFinal?.resource).toBe(3);
  });

  test('levels that go backwards change nothing', async () => {
    await team.apply(aPair('backwards'));
    await team.ended('backwards');
    const [trial] = await team.list(TRIAL, 'backwards');
    expect(trial?.status?.observations?.map(({ resource, value }) => [resource, value])).toEqual([
      [1, 0.9],
      [2, 0.8],
      [3, 0.7],
    ]);
  });

  test('code that crashes fails its trial with its exit code and its last words', async () => {
    await team.apply(aStudy('crashing'));
    await team.ended('crashing');
    const [trial] = await team.list(TRIAL, 'crashing');
    expect(trial?.status?.failure).toMatchObject({ class: 'UserCode', exitCode: 1 });
    expect(trial?.status?.failure?.message).toContain('Traceback: out of ideas');
  });

  test('code that says that its configuration is infeasible fails its trial and not the Study', async () => {
    const failures = { infeasibleExitCodes: [65] };
    await team.apply(aPair('infeasible', { failures, limits: { maxTrials: 2, maxFailedTrials: 0 } }));
    const study = await team.ended('infeasible', 'NoTrialReported');
    expect(study.status?.failures).toEqual([{ class: 'Infeasible', trials: 2, attempts: 2 }]);
    const [trial] = await team.list(TRIAL, 'infeasible');
    expect(trial?.status?.failure?.message).toContain('last lines of its log: this network does not fit');
  });

  test('code that runs out of memory is tried again as often as the Study says', async () => {
    await team.apply(aStudy('greedy', { failures: { retries: { outOfMemory: 1 } } }));
    const study = await team.ended('greedy');
    expect(study.status?.failures).toEqual([{ class: 'OutOfMemory', trials: 1, attempts: 2 }]);
  });

  test('an image that is not there fails trials after a while, and stalls the Study', async () => {
    await team.apply(
      aStudy('imageless', { failures: { startDeadline: '2s' }, parallelism: 3, limits: { maxTrials: 9 } }),
    );
    const { message } = await team.has(STUDY, 'imageless', { type: 'Stalled', reason: 'TrialsCannotStart' });
    expect(message).toContain('ImagePullBackOff: Back-off pulling image: not found');
    expect((await team.list(TRIAL, 'imageless')).length).toBeLessThan(6);
    await team.kubectl(['delete', 'study', 'imageless']);
  });

  test('suspended it runs no pod; resumed it goes on; a finished one goes on when maxTrials is raised', async () => {
    await team.apply(aPair('endless-one'));
    const pods = (): Promise<readonly Pod[]> => team.list(POD, 'endless-one');
    const running = (n: number): Promise<unknown> =>
      until(
        `${n} pods run`,
        async () => (await pods()).filter(({ status }) => status?.phase === 'Running').length === n,
        60_000,
      );
    await running(2);
    await team.patch(STUDY, 'endless-one', { spec: { suspend: true } });
    await team.has(STUDY, 'endless-one', { type: 'Suspended', reason: 'UserRequest' });
    await until('no pod is left', async () => (await pods()).length === 0, 60_000);
    await team.patch(STUDY, 'endless-one', { spec: { suspend: false } });
    await running(2);

    await team.apply(aPair('plain'));
    await team.ended('plain');
    await team.patch(STUDY, 'plain', { spec: { limits: { maxTrials: 4 } } });
    await team.seen(
      STUDY,
      'plain',
      'has ended with two more trials',
      ({ status }) => status?.trials?.completed === 4 && status.completionTime !== undefined,
    );
  });

  test('deleted, it takes its Trials, Jobs and pods with it', async () => {
    await team.apply(aPair('endless-two'));
    await until('trials run', async () => (await team.list(TRIAL, 'endless-two')).length === 2, 60_000);
    await team.kubectl(['delete', 'study', 'endless-two']);
    await until(
      'nothing is left',
      async () => {
        const left = await team.kubectl(['get', 'trials,jobs,pods', '-l', 'abohb.dev/study=endless-two', '-o', 'name']);
        return left === '';
      },
      90_000,
    );
  });

  test('deleted and applied again it starts anew, though pods of the first have not ended', async () => {
    const take = (n: number): Manifest =>
      aStudy('again', { trialTemplate: jobWith({ args: [`--take=${n}`] }, { terminationGracePeriodSeconds: 8 }) });
    await team.apply(take(1));
    await team.reaches('again', 3);
    await team.kubectl(['delete', 'study', 'again']);
    await team.apply(take(2));
    const study = await team.ended('again');
    expect(study.status?.best?.value).toBe(0.5);
  });

  test('kubectl shows it well', async () => {
    expect(await team.kubectl(['explain', 'study.spec.parameters.float.scale'])).toContain('Log for learning rates');
    const described = await team.kubectl(['describe', 'study', 'plain']);
    expect(described).toMatch(/Reason: +MaxTrialsReached/);
    expect(described).toMatch(/TrialCompleted .* trial \d completed: val_error 0\.3333 at epoch 3/);
    const trials = await team.kubectl(['get', 'trials', '-l', 'abohb.dev/study=plain']);
    expect(trials).toMatch(/NAME +STUDY +STATE +REACHED +VALUE +UNTIL +AGE\nplain-0001 +plain +Completed +3 +0\.3333/);
  });
});
