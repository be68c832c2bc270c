import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/contract/objects.ts';
import { type Container, JOB, type Job, type JobSpec, POD, type Pod } from '../kube/kinds.ts';
import { systemClock } from '../runtime/clock.ts';
import { openJournal } from './journal.ts';
import { identify } from './process.ts';
import { createRunner, type Runner, type RunnerOptions } from './runner.ts';
import { createStore, type LocalCluster } from './store.ts';

const never = new AbortController().signal;
const namespace = 'lab';

let dir: string;
let cluster: LocalCluster;
let runner: Runner;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'runner-')));
  cluster = createStore({ clock: systemClock, freeze: true });
});
afterEach(async () => {
  await runner.stop(0);
  rmSync(dir, { recursive: true });
});

async function aRunner(options: Partial<RunnerOptions> = {}): Promise<void> {
  runner = createRunner({
    cluster,
    clock: systemClock,
    log: { warn: (details: unknown) => expect.fail(JSON.stringify(details)) },
    logDir: join(dir, 'logs'),
    engine: 'process',
    environment: { PATH: process.env['PATH'] ?? '' },
    workingDir: dir,
    primaryContainer: () => 'train',
    ...options,
  });
  await runner.start();
}

interface Wanted {
  readonly spec?: Partial<JobSpec>;
  readonly container?: Partial<Container>;
  readonly pod?: object;
}

/** A Job that runs this JavaScript. */
function script(name: string, code: string, { spec, container, pod }: Wanted = {}): Job {
  const train = { name: 'train', command: [process.execPath, '-e', code], ...container };
  const template = { spec: { restartPolicy: 'Never', ...pod, containers: [{ name: 'sidecar' }, train] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name }, spec: { template, ...spec } };
}

function isDone({ status }: Job): boolean {
  return (status?.conditions ?? []).some(({ type }) => type === 'Complete' || type === 'Failed');
}

const create = (job: Job): Promise<Job> => cluster.create(JOB, job);
const finished = (name: string) => until(cluster, JOB, { namespace, name }, (job) => job !== undefined && isDone(job));
const jobOf = (name: string): Job | undefined => cluster.objects(JOB).find(({ metadata }) => metadata.name === name);
const podsOf = (name: string): readonly Pod[] =>
  cluster.objects(POD).filter(({ metadata }) => metadata.labels?.['job-name'] === name);
const terminated = (name: string) => podsOf(name)[0]?.status?.containerStatuses?.[0]?.state?.terminated;

async function podOf(name: string, holds: (pod: Pod) => boolean = () => true): Promise<Pod> {
  await until(
    cluster,
    JOB,
    { namespace, name },
    (job) => job?.status?.active === 1 || (job !== undefined && isDone(job)),
  );
  const [pod] = podsOf(name);
  await until(cluster, POD, { namespace, name: pod!.metadata.name }, (now) => now !== undefined && holds(now));
  return podsOf(name)[0]!;
}

const running = (name: string): Promise<Pod> => podOf(name, ({ status }) => status?.phase === 'Running');

/** The log's lines without their times, up to the first that satisfies the predicate, or all. */
async function lines(pod: Pod, isLast: (line: string) => boolean = () => false): Promise<readonly string[]> {
  const ref = { namespace, name: pod.metadata.name };
  let text = '';
  for await (const chunk of cluster.logs(ref, { container: 'train', signal: never })) {
    text += Buffer.from(chunk).toString();
    if (text.split('\n').some((line) => isLast(line.slice(line.indexOf(' ') + 1)))) break;
  }
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(line.indexOf(' ') + 1));
}

const isReady = (line: string): boolean => line.startsWith('ready');
const FOREVER = 'setInterval(() => {}, 1e6);';

describe('a Job', () => {
  test('whose command succeeds is Complete', async () => {
    await aRunner();
    await create(script('a', 'console.log("hello"); console.error("world")'));
    await finished('a');
    expect(jobOf('a')?.status).toMatchObject({
      succeeded: 1,
      startTime: expect.any(String),
      completionTime: expect.any(String),
      conditions: [{ type: 'Complete', status: 'True' }],
    });
    const [pod] = podsOf('a');
    expect(pod?.metadata.name).toMatch(/^a-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(pod?.status?.phase).toBe('Succeeded');
    expect(terminated('a')).toMatchObject({ exitCode: 0, reason: 'Completed', startedAt: expect.any(String) });
    expect([...(await lines(pod!))].sort()).toEqual(['hello', 'world']);
  });

  test('whose command fails is Failed', async () => {
    await aRunner();
    await create(script('a', 'process.exit(3)'));
    await finished('a');
    expect(jobOf('a')?.status).toMatchObject({
      failed: 1,
      conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }],
    });
    expect(podsOf('a')[0]?.status?.phase).toBe('Failed');
    expect(terminated('a')).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  test('whose process is killed has 128 + the signal as its exit code', async () => {
    await aRunner();
    await create(script('a', 'process.kill(process.pid, "SIGKILL")'));
    await finished('a');
    expect(terminated('a')).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  test('runs with its variables in its directory', async () => {
    await aRunner();
    const container = {
      env: [{ name: 'LR', value: '0.1' }],
      args: ['--', '--lr=$(LR)', '$$(LR)'],
      workingDir: '..',
    };
    await create(
      script('a', 'console.log(process.argv.slice(1).join(" "), process.env.LR, process.cwd())', { container }),
    );
    await finished('a');
    expect(await lines(podsOf('a')[0]!)).toEqual([`--lr=0.1 $(LR) 0.1 ${realpathSync(tmpdir())}`]);
  });

  test('finds what another one that shares its folder has kept', async () => {
    const hostPath = join(dir, 'checkpoints', 'trial');
    await aRunner({ checkpoint: () => ({ hostPath, mountPath: '/checkpoint' }) });
    await create(script('a', 'fs.writeFileSync(process.env.ABOHB_CHECKPOINT_DIR + "/epoch", "3")'));
    await finished('a');
    await create(script('b', 'console.log(fs.readFileSync(process.env.ABOHB_CHECKPOINT_DIR + "/epoch", "utf8"))'));
    await finished('b');
    expect(await lines(podsOf('b')[0]!)).toEqual(['3']);
  });

  test.each<[string, Partial<Container>, string]>([
    ['a command that is not there', { command: ['no-such-thing'] }, 'the command no-such-thing was not found'],
    ['no permission', { command: ['/'] }, 'the command / may not be executed'],
    ['no command', { command: [] }, 'add `command` to the container or run with --engine docker|podman'],
    ['a NUL in an argument', { args: ['\0'] }, 'cannot be started'],
    ['no directory', { workingDir: '/nowhere' }, 'the working directory /nowhere does not exist'],
    ['valueFrom', { env: [{ name: 'KEY', valueFrom: {} }] }, 'env KEY of container train uses valueFrom'],
    [
      'GPUs nobody has',
      { resources: { limits: { 'nvidia.com/gpu': 1 } } },
      'nvidia.com/gpu: 1 is more than the 0 GPUs of this run: give it more with --gpus',
    ],
    ['another container', { name: 'other' }, 'there is no container train in the pod: name one of sidecar, other'],
  ])('with %s fails with a sentence', async (_, container, message) => {
    await aRunner();
    await create(script('a', '', { container }));
    await finished('a');
    expect(jobOf('a')?.status?.conditions?.[0]?.type).toBe('Failed');
    expect(terminated('a')).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: expect.stringContaining(message),
    });
    expect(await lines(podsOf('a')[0]!)).toEqual(['']);
  });

  test('that runs past its deadline is ended and Failed', async () => {
    await aRunner();
    await create(script('a', FOREVER, { spec: { activeDeadlineSeconds: 1 } }));
    await finished('a');
    expect(jobOf('a')?.status?.conditions).toMatchObject([{ type: 'Failed', reason: 'DeadlineExceeded' }]);
    expect(podsOf('a')[0]?.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  test('that is suspended gives its process up and gets another when it is resumed', async () => {
    await aRunner();
    await create(script('a', `console.log("ready"); if (!require("fs").existsSync("go")) ${FOREVER}`));
    const first = await running('a');
    await lines(first, isReady);
    const { spec, ...job } = jobOf('a')!;
    await cluster.update(JOB, { ...job, spec: { ...spec, suspend: true } });
    await until(cluster, POD, { namespace, name: first.metadata.name }, (pod) => pod === undefined);
    expect(jobOf('a')?.status).toMatchObject({ conditions: [{ type: 'Suspended', status: 'True' }] });
    writeFileSync(join(dir, 'go'), '');
    await cluster.update(JOB, { ...jobOf('a')!, spec });
    await finished('a');
    expect(jobOf('a')?.status?.conditions).toMatchObject([{ type: 'Complete' }]);
    expect(podsOf('a')[0]?.metadata.name).not.toBe(first.metadata.name);
  });
});

describe('deleting a Job', () => {
  test('lets its process say good-bye, follows the log to the end, and then the pod goes', async () => {
    await aRunner();
    await create(
      script(
        'a',
        `process.on("SIGTERM", () => { console.log("bye"); process.exit(0); }); console.log("ready"); ${FOREVER}`,
      ),
    );
    const pod = await running('a');
    await lines(pod, isReady);
    const all = lines(pod);
    await cluster.delete(JOB, { namespace, name: 'a' });
    expect(await all).toEqual(['ready', 'bye']);
    await until(cluster, POD, { namespace, name: pod.metadata.name }, (now) => now === undefined);
  });

  test('kills, after the grace, a process that does not listen and all it has started', async () => {
    await aRunner();
    const child = `require("child_process").spawn("sleep", ["1000"])`;
    const code = `process.on("SIGTERM", () => {}); console.log("ready", process.pid, ${child}.pid); ${FOREVER}`;
    await create(script('a', code, { pod: { terminationGracePeriodSeconds: 0.1 } }));
    const pod = await running('a');
    const [, ...pids] = (await lines(pod, isReady))[0]!.split(' ').map(Number);
    expect(pids.map((pid) => identify(pid)?.pid)).toEqual(pids);
    await cluster.delete(JOB, { namespace, name: 'a' });
    await until(cluster, POD, { namespace, name: pod.metadata.name }, (now) => now === undefined);
    expect(pids.map(identify)).toEqual([undefined, undefined]);
  });

  test('by its pod fails it', async () => {
    await aRunner();
    await create(script('a', FOREVER));
    const { metadata } = await running('a');
    await cluster.delete(POD, { namespace, name: metadata.name });
    await finished('a');
    expect(jobOf('a')?.status?.conditions).toMatchObject([{ type: 'Failed' }]);
    await until(cluster, POD, { namespace, name: metadata.name }, (pod) => pod === undefined);
  });
});

test('a process that ends takes along what it leaves behind', async () => {
  await aRunner();
  const child = `require("child_process").spawn("sleep", ["1000"], { stdio: "inherit" })`;
  await create(script('a', `console.log("ready", ${child}.pid); process.exit(0)`));
  await finished('a');
  const [line] = await lines(podsOf('a')[0]!);
  expect(identify(Number(line!.split(' ')[1]))).toBeUndefined();
});

describe('logs', () => {
  test.each([
    ['of another container', 'sidecar', 'container sidecar of pod'],
    ['of a pod that waits', 'train', 'has not started'],
  ])('%s are a bad request', async (_, container, message) => {
    await aRunner({ gpus: 1 });
    const limits = { resources: { limits: { 'nvidia.com/gpu': 1 } } };
    await create(script('a', FOREVER, { container: limits }));
    await running('a');
    await create(script('b', FOREVER, { container: limits }));
    const { metadata } = await podOf('b', ({ status }) => status?.phase === 'Pending');
    const chunks = cluster.logs({ namespace, name: metadata.name }, { container, signal: never });
    const first = chunks[Symbol.asyncIterator]().next();
    await expect(first).rejects.toMatchObject({ code: 'BadRequest', message: expect.stringContaining(message) });
  });
});

describe('GPUs', () => {
  const wants = (count: number) => ({ container: { resources: { limits: { 'nvidia.com/gpu': count } } } });
  const SHOW = 'console.log("ready", JSON.stringify(process.env.CUDA_VISIBLE_DEVICES));';

  test('are assigned, waited for in order, and given back', async () => {
    await aRunner({ gpus: 2 });
    await create(script('a', SHOW + FOREVER, wants(1)));
    expect(await lines(await running('a'), isReady)).toEqual(['ready "0"']);
    await create(script('b', SHOW, wants(2)));
    const waiting = await podOf('b', ({ status }) => status?.conditions !== undefined);
    expect(waiting.status).toMatchObject({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', message: 'waiting for GPUs: 2 needed, 1 of 2 free' }],
    });
    await create(script('c', SHOW, wants(0)));
    await finished('c');
    expect(await lines(podsOf('c')[0]!)).toEqual(['ready ""']);
    await cluster.delete(JOB, { namespace, name: 'a' });
    await finished('b');
    expect(await lines(podsOf('b')[0]!)).toEqual(['ready "0,1"']);
  });

  test('a Job deleted while it waits is gone without having run', async () => {
    await aRunner({ gpus: ['7'] });
    await create(script('a', FOREVER, wants(1)));
    await running('a');
    await create(script('b', FOREVER, wants(1)));
    const { metadata } = await podOf('b', ({ status }) => status?.phase === 'Pending');
    await cluster.delete(JOB, { namespace, name: 'b' });
    await until(cluster, POD, { namespace, name: metadata.name }, (pod) => pod === undefined);
  });
});

describe('stopping and starting again', () => {
  test('a process that runs is disrupted, one that waits is not', async () => {
    await aRunner({ gpus: 1 });
    const limits = { resources: { limits: { 'nvidia.com/gpu': 1 } } };
    await create(script('a', FOREVER, { container: limits }));
    await running('a');
    await create(script('b', '', { container: limits }));
    await podOf('b', ({ status }) => status?.phase === 'Pending');
    await runner.stop(10_000);
    expect(podsOf('a')[0]?.status).toMatchObject({
      phase: 'Failed',
      conditions: [{ type: 'PodScheduled' }, { type: 'DisruptionTarget', status: 'True', reason: 'RunnerStopped' }],
    });
    expect(jobOf('a')?.status?.conditions).toMatchObject([{ type: 'Failed' }]);
    expect(podsOf('b')[0]?.status?.phase).toBe('Pending');
    await aRunner({ gpus: 1 });
    await finished('b');
    expect(jobOf('b')?.status?.conditions).toMatchObject([{ type: 'Complete' }]);
  });

  test('after a crash the orphan is killed and its Job fails as disrupted', async () => {
    const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
    const job = script('a', FOREVER);
    const program = `
      import { createStore } from ${url('store.ts')};
      import { createRunner } from ${url('runner.ts')};
      import { openJournal } from ${url('journal.ts')};
      import { JOB, POD } from ${url('../kube/kinds.ts')};
      import { systemClock as clock } from ${url('../runtime/clock.ts')};
      import { until } from ${url('../../test/contract/objects.ts')};
      const cluster = createStore({ clock, journal: await openJournal('state') });
      const runner = createRunner({ cluster, clock, log: console, logDir: 'logs', engine: 'process',
        environment: process.env, workingDir: ${JSON.stringify(dir)}, primaryContainer: () => 'train' });
      await runner.start();
      await cluster.create(JOB, ${JSON.stringify(job)});
      await until(cluster, JOB, { namespace: 'lab', name: 'a' }, (job) => job?.status?.ready === 1);
      process.kill(process.pid, 'SIGKILL');`;
    const crashed = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: dir, stdio: 'inherit' });
    expect(await new Promise((resolve) => crashed.once('exit', (_, signal) => resolve(signal)))).toBe('SIGKILL');

    cluster = createStore({ clock: systemClock, journal: await openJournal(join(dir, 'state')) });
    const pid = Number(podsOf('a')[0]?.metadata.annotations?.['abohb.dev/process']?.split(' ')[0]);
    expect(identify(pid)).toBeDefined();
    await aRunner();
    await finished('a');
    expect(identify(pid)).toBeUndefined();
    expect(podsOf('a')[0]?.status).toMatchObject({
      phase: 'Failed',
      conditions: [{ type: 'PodScheduled' }, { type: 'DisruptionTarget', status: 'True', reason: 'RunnerRestarted' }],
    });
    await runner.stop(0);
    cluster.close();
  });
});

test('an engine runs the image, and what it leaves when it is killed is removed', async () => {
  const docker = join(dir, 'docker');
  writeFileSync(
    docker,
    `#!/bin/sh\necho "$@" >> "${dir}/calls"\n[ "$1" = rm ] || { trap "" TERM; echo ready; sleep 1000 & wait; wait; }\n`,
  );
  chmodSync(docker, 0o755);
  await aRunner({ engine: 'docker', environment: { PATH: `${dir}:${process.env['PATH']}` } });
  const container = { image: 'train:1', command: ['train'], args: ['x'] };
  await create(script('a', '', { container, pod: { terminationGracePeriodSeconds: 0.1 } }));
  const { metadata } = await running('a');
  await lines(podsOf('a')[0]!, isReady);
  await cluster.delete(JOB, { namespace, name: 'a' });
  await until(cluster, POD, { namespace, name: metadata.name }, (pod) => pod === undefined);
  const name = `abohb-lab-${metadata.name}`;
  expect(readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n')).toEqual([
    `run --rm --name ${name} --entrypoint train train:1 x`,
    `rm --force ${name}`,
  ]);
});
