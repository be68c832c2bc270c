import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StudyStatus } from '../../operator/api/study.ts';
import { DirectoryInUse, lock } from '../../operator/local/lock.ts';
import { isRefused } from '../command.ts';
import { aStudy, aTrial, type WantedTrial } from '../testing/objects.ts';
import { Lab } from '../testing/program.ts';
import { aStudyFile, type Wanted } from '../testing/study.ts';
import { devices, gpusPerTrial, visibleDevices } from './devices.ts';
import { endingOf } from './ending.ts';
import { isExecutable } from './executable.ts';
import { folderOf, makeFolder, moveAside } from './folder.ts';
import { planOf } from './plan.ts';

let place: Lab;
beforeEach(() => {
  place = new Lab();
});
afterEach(() => place.remove());

describe('GPUs', () => {
  test.each([
    ['0,2', ['0', '2']],
    ['GPU-1, MIG-2', ['GPU-1', 'MIG-2']],
    ['0,-1,2', ['0']],
    ['-1', []],
    ['', []],
    [undefined, undefined],
  ])('CUDA_VISIBLE_DEVICES=%s names them', (text, names) => {
    expect(visibleDevices(text)).toEqual(names);
  });

  test('are those that are visible, as many as are wanted, or those that are installed', async () => {
    const env = { CUDA_VISIBLE_DEVICES: '3,5' };
    expect(await devices(undefined, env)).toEqual(['3', '5']);
    expect(await devices(1, env)).toEqual(['3']);
    expect(await devices(4, env)).toEqual(['0', '1', '2', '3']);
    expect(await devices(0, env)).toEqual([]);
    expect(await devices(undefined, { PATH: place.path })).toEqual([]);
    place.write('nvidia-smi', '#!/bin/sh\necho "GPU 0: A (UUID: x)"; echo "  MIG 1g"; echo "GPU 1: A"');
    chmodSync(place.file('nvidia-smi'), 0o755);
    expect(await devices(undefined, { PATH: place.path })).toEqual(['0', '1']);
  });

  test.each([
    [undefined, 0],
    [2, 2],
    ['$(parameters.n)', 8],
    ['$(parameters.x)', 1],
    [0.5, { refused: ['resources.limits "nvidia.com/gpu" of container train is 0.5: it must be a whole number'] }],
  ])('a limit of %s asks for %j', (limit, asked) => {
    const spec = {
      parameters: [
        { name: 'x', float: { min: 0, max: 1 } },
        { name: 'n', ordinal: { values: [1, 8] } },
      ],
    };
    const limits = limit === undefined ? {} : { 'nvidia.com/gpu': limit };
    expect(gpusPerTrial(aStudy({ spec }).spec, { name: 'train', resources: { limits } })).toEqual(asked);
  });
});

describe('a run is refused before anything starts', () => {
  const plan = (wanted: Wanted, values: Readonly<Record<string, string>> = {}) => {
    place.write('study.yaml', aStudyFile('trained.txt', wanted));
    const io = { ...process, env: { PATH: place.path, CUDA_VISIBLE_DEVICES: '0,1' }, cwd: place.path };
    return planOf({ words: ['study.yaml'], values, switches: new Set() }, io);
  };
  const gpus = (count: number) => ({ resources: { limits: { 'nvidia.com/gpu': count } } });

  const indexed = { parallelism: 4, completions: 4, completionMode: 'Indexed' };

  test.each<[string, Wanted, string, Readonly<Record<string, string>>?]>([
    [
      'more GPUs',
      { container: gpus(3) },
      'resources.limits "nvidia.com/gpu" of container train is 3 and there are 2: lower it, or say with --gpus how many there are',
    ],
    [
      'fewer with --gpus',
      { container: gpus(2) },
      'resources.limits "nvidia.com/gpu" of container train is 2 and there are 1: lower it, or say with --gpus how many there are',
      { gpus: '1' },
    ],
    [
      'no command',
      { container: { command: undefined } },
      "container train has no command, only its image's entrypoint: add `command` to the container or run with --engine docker|podman",
    ],
    [
      'a command that is not there',
      { container: { command: ['./train'] } },
      'the command ./train of container train was not found: install it, or check PATH',
    ],
    [
      'an engine without an image',
      {},
      'container train has no image: add one or run without --engine',
      { engine: 'podman' },
    ],
    [
      'an engine that is not installed',
      { container: { image: 'x' } },
      '--engine podman: podman was not found: install it, or check PATH',
      { engine: 'podman' },
    ],
    [
      'another kind than Job',
      {
        spec: {
          trialTemplate: {
            ...{ apiVersion: 'a.example.com/v1', kind: 'Gang', primaryContainer: 'train', spec: {} },
            ...{ success: { type: 'Done' }, failure: { type: 'Broken' }, pods: { labels: { gang: '$(trial.name)' } } },
          },
        },
      },
      'spec.trialTemplate.kind: a Gang needs a cluster; here only Jobs run',
    ],
    [
      'several pods at once',
      {
        spec: {
          trialTemplate: {
            spec: { ...indexed, template: { spec: { containers: [{ name: 'train', command: [process.execPath] }] } } },
          },
        },
      },
      'spec.trialTemplate.spec.parallelism: 4 pods at once need a cluster; remove it for one process per trial',
    ],
    [
      'reports in annotations',
      { spec: { metrics: { annotation: {} } } },
      'spec.metrics.annotation: needs a cluster; print the reports as JSON lines and use metrics: {log: {}}',
    ],
    [
      'a port that trials would share',
      { parallelism: 3, spec: { metrics: { prometheus: { port: 8000 } } } },
      'spec.metrics.prometheus: trials would share port 8000 of this machine: set parallelism: 1, or print the reports and use metrics: {log: {}}',
    ],
    [
      'a wrong name',
      {},
      'metadata.name A cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
      { name: 'A' },
    ],
  ])('%s', async (_, wanted, sentence, values) => {
    expect(await plan(wanted, values)).toEqual({ refused: [`study.yaml: ${sentence}`] });
  });

  test.each([
    [{ gpus: 'two' }, '--gpus two is not a whole number: say how many GPUs the trials may use, such as --gpus 2'],
    [{ engine: 'vm' }, '--engine vm is not known: use process, docker or podman'],
  ])('%j', async (values, message) => {
    await expect(plan({}, values)).rejects.toThrow(message);
  });

  test('what can be run is planned, with what may surprise', async () => {
    const planned = await plan({ spec: { checkpoint: { claimName: 'c' } } }, { name: 'other', dir: 'state' });
    if (isRefused(planned)) expect.fail(planned.refused.join());
    expect(planned.study.metadata).toEqual({ name: 'other', namespace: 'default' });
    expect(planned.study.spec.checkpoint?.mountPath).toBe('$(ABOHB_CHECKPOINT_DIR)');
    expect(planned.folder.path).toBe(place.file('state/other'));
    expect(planned.notes).toEqual([
      '2 GPUs are there, but trials see none: resources.limits "nvidia.com/gpu" says how many each gets',
    ]);
  });
});

describe('the folder of a run', () => {
  test('is out of sight of git, and moves aside under the first free name', () => {
    const folder = folderOf(place.file('.abohb'), 'digits', place.path);
    expect(moveAside(folder)).toBeUndefined();
    for (const name of ['digits.1', 'digits.2']) {
      makeFolder(folder);
      expect(folder.shown(moveAside(folder) ?? '')).toBe(`.abohb/${name}`);
    }
    expect(place.read('.abohb/.gitignore')).toBe('*\n');
    expect(existsSync(place.file('.abohb/digits.2/lock'))).toBe(false);
  });

  test('stays where it is while another process works in it', () => {
    const folder = folderOf(place.file('.abohb'), 'digits', place.path);
    makeFolder(folder);
    const held = lock(folder.path);
    expect(() => moveAside(folder)).toThrow(DirectoryInUse);
    held.release();
  });
});

describe('a run ends', () => {
  const ending = (type: string, status: 'True' | 'False', ...trials: readonly WantedTrial[]) => {
    const conditions = [{ type, status, message: 'why' } as const];
    const study = aStudy({ status: { observedGeneration: 1, conditions } as StudyStatus });
    return endingOf(
      study,
      trials.map((wanted, i) => aTrial(i + 1, wanted)),
    );
  };
  const paused: WantedTrial = { state: 'Paused', curve: [1], spec: { until: 1 } };

  test.each([
    [
      'when the Study has succeeded and its trials have ended',
      ending('Succeeded', 'True', { state: 'Stopped' }),
      'Succeeded',
    ],
    ['though some wait for a promotion', ending('Succeeded', 'True', paused), 'Succeeded'],
    ['not while one runs', ending('Succeeded', 'True', { state: 'Running' }), undefined],
    ['not while one is promoted', ending('Succeeded', 'True', { ...paused, spec: { until: 3 } }), undefined],
    ['when it has failed', ending('Succeeded', 'False', { state: 'Failed' }), 'Failed'],
    ['when it is refused', ending('Ready', 'False'), 'Refused'],
    ['when it is suspended and none is under way', ending('Suspended', 'True', { state: 'Queued' }), 'Suspended'],
    ['not while a suspended one is', ending('Suspended', 'True', { state: 'Running', attempts: [{}] }), undefined],
  ])('%s', (_, found, kind) => {
    expect(found?.kind).toBe(kind);
  });

  test('not before its last edit has been looked at', () => {
    const edited = aStudy({ status: { observedGeneration: 0, conditions: [{ type: 'Succeeded', status: 'True' }] } });
    expect(endingOf(edited, [])).toBeUndefined();
  });
});

test('a command without a slash is looked for in PATH', async () => {
  mkdirSync(place.file('bin'));
  writeFileSync(place.file('bin/train'), '', { mode: 0o755 });
  writeFileSync(place.file('bin/data'), '', { mode: 0o644 });
  const around = { cwd: place.path, env: { PATH: `/nowhere:${place.file('bin')}` } };
  expect(await isExecutable('train', around)).toBe(true);
  expect(await isExecutable('bin/train', around)).toBe(true);
  expect(await isExecutable('data', around)).toBe(false);
  expect(await isExecutable('bin', around)).toBe(false);
});
