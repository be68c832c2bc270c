import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Command, Io } from './command.ts';
import { dispatch } from './dispatch.ts';

const train: Command = {
  name: 'train',
  summary: 'train something',
  usage: 'FILE',
  about: [],
  flags: { fast: { about: 'be quick' } },
  run: async ({ words }) => {
    if (words.length === 0) throw new Error('out of luck');
    return 7;
  },
};

async function abohb(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, env: {}, cwd: '/' } as unknown as Io;
  const code = await dispatch(args, { commands: [train], version: '1.2.3' }, io);
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

test.each([
  [['train', 'a'], { code: 7, stdout: '', stderr: '' }],
  [['trian'], { code: 2, stderr: 'abohb: trian is not a command: did you mean train?\n' }],
  [['--verbose'], { code: 2, stderr: expect.stringContaining('abohb: --verbose is not a known flag') }],
  [['train', '--fats'], { code: 2, stderr: 'abohb: --fats is not a known flag: did you mean --fast?\n' }],
  [['train'], { code: 1, stderr: 'abohb: out of luck\n' }],
  [['train', '--debug'], { code: 1, stderr: expect.stringContaining('dispatch.test.ts') }],
  [['--version'], { code: 0, stdout: '1.2.3\n' }],
  [['--help'], { code: 0, stdout: expect.stringContaining('train FILE  train something') }],
  [['train', '--help'], { code: 0, stdout: expect.stringContaining('--fast   be quick') }],
  [['help', 'train'], { code: 0, stdout: expect.stringContaining('--fast   be quick') }],
  [[], { code: 2, stdout: '', stderr: expect.stringContaining('Usage') }],
])('abohb %j', async (args, expected) => {
  expect(await abohb(...args)).toMatchObject(expected);
});
