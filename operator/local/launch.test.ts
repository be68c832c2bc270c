import { describe, expect, test } from 'vitest';
import type { Container } from '../kube/kinds.ts';
import { environmentOf, expand } from './expand.ts';
import { type Engine, type LaunchOptions, launch } from './launch.ts';

describe('references to variables', () => {
  const variables = { A: 'x', EMPTY: '', 'a.b': 'dotted' };
  test.each([
    ['$(A)', 'x'],
    ['--lr=$(A)$(A)', '--lr=xx'],
    ['$(EMPTY)', ''],
    ['$(a.b)', 'dotted'],
    ['$(MISSING)', '$(MISSING)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$x'],
    ['$$', '$'],
    ['$A ${A} $', '$A ${A} $'],
    ['$(A', '$(A'],
    ['$(toString)', '$(toString)'],
  ])('%s becomes %s', (text, result) => {
    expect(expand(text, variables)).toBe(result);
  });

  test('a variable sees those before it, the last of a name counts', () => {
    const env = [
      { name: 'B', value: '$(A)' },
      { name: 'A', value: '1' },
      { name: 'C', value: '$(A)$(B)' },
      { name: 'A', value: '2' },
      { name: 'NONE' },
    ];
    expect(environmentOf({ name: 'train', env })).toEqual({ env: { B: '$(A)', A: '2', C: '1$(A)', NONE: '' } });
  });
});

function options(engine: Engine, more: Partial<LaunchOptions> = {}): LaunchOptions {
  return { engine, environment: { PATH: '/bin', A: 'outer' }, workingDir: '/study', ...more };
}

const train: Container = {
  name: 'train',
  image: 'example.com/train:1',
  command: ['python', 'train.py'],
  args: ['--a=$(A)', '--path=$(PATH)'],
  env: [{ name: 'A', value: '1' }],
};

describe('as a local process', () => {
  test('runs command and args with the environment around, its own variables and its GPUs', () => {
    expect(launch(train, { name: 'p', devices: ['2', '3'] }, options('process'))).toEqual({
      file: 'python',
      args: ['train.py', '--a=1', '--path=$(PATH)'],
      env: { PATH: '/bin', A: '1', CUDA_VISIBLE_DEVICES: '2,3' },
      cwd: '/study',
    });
  });

  test.each([
    ['no GPUs are no GPUs', [], { CUDA_VISIBLE_DEVICES: '' }],
    ['GPUs that nobody administers are all there', undefined, {}],
  ])('%s', (_, devices, env) => {
    const { env: actual } = launch({ ...train, env: [] }, { name: 'p', devices }, options('process')) as {
      env: object;
    };
    expect(actual).toEqual({ PATH: '/bin', A: 'outer', ...env });
  });

  test('the folder for its checkpoint is where its variables and arguments say', () => {
    const checkpoint = { hostPath: '/study/checkpoints/t-1', mountPath: '/checkpoint' };
    const DIR = '$(ABOHB_CHECKPOINT_DIR)';
    const container = { ...train, args: [`--save=${DIR}/best`], env: [{ name: 'ABOHB_CHECKPOINT_DIR', value: DIR }] };
    expect(launch(container, { name: 'p', checkpoint }, options('process'))).toMatchObject({
      args: ['train.py', '--save=/study/checkpoints/t-1/best'],
      env: { ABOHB_CHECKPOINT_DIR: '/study/checkpoints/t-1' },
    });
  });

  test.each([
    ['/data', '/data'],
    ['sub', '/study/sub'],
  ])('workingDir %s is %s', (workingDir, cwd) => {
    expect(launch({ ...train, workingDir }, { name: 'p' }, options('process'))).toMatchObject({ cwd });
  });

  test.each([
    [
      { name: 'train', image: 'x', args: ['--lr=1'] },
      "container train has no command, only its image's entrypoint: add `command` to the container or run with " +
        '--engine docker|podman',
    ],
    [
      { ...train, env: [{ name: 'KEY', valueFrom: { secretKeyRef: {} } }] },
      'env KEY of container train uses valueFrom, which needs a cluster: give it a value instead',
    ],
  ])('is refused with a sentence %#', (container, refused) => {
    expect(launch(container, { name: 'p' }, options('process'))).toEqual({ refused });
  });
});

describe('by an engine', () => {
  const checkpoint = { hostPath: '/study/checkpoints', mountPath: '/checkpoint' };

  const around = { env: { PATH: '/bin', A: 'outer' }, cwd: '/study' };

  test('docker runs the image', () => {
    const container = { ...train, workingDir: '/app' };
    expect(launch(container, { name: 'abohb-lab-p', devices: ['0', '1'], checkpoint }, options('docker'))).toEqual({
      file: 'docker',
      args: [
        ...['run', '--rm', '--name', 'abohb-lab-p'],
        ...['--env', 'ABOHB_CHECKPOINT_DIR=/checkpoint', '--env', 'A=1'],
        ...['--workdir', '/app', '--volume', '/study/checkpoints:/checkpoint'],
        ...['--gpus', '"device=0,1"', '--entrypoint', 'python'],
        ...['example.com/train:1', 'train.py', '--a=1', '--path=$(PATH)'],
      ],
      ...around,
      cleanup: { file: 'docker', args: ['rm', '--force', 'abohb-lab-p'], ...around },
    });
  });

  test("podman runs the image's own entrypoint", () => {
    const container = { name: 'train', image: 'train', args: ['--lr=1'] };
    expect(launch(container, { name: 'p', devices: ['0', '1'] }, options('podman'))).toMatchObject({
      file: 'podman',
      args: [
        ...['run', '--rm', '--name', 'p', '--device', 'nvidia.com/gpu=0', '--device', 'nvidia.com/gpu=1'],
        ...['train', '--lr=1'],
      ],
    });
  });

  test('needs an image', () => {
    const refused = 'container train has no image: add one or run without --engine';
    expect(launch({ name: 'train', command: ['true'] }, { name: 'p' }, options('docker'))).toEqual({ refused });
  });
});
