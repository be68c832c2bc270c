import { expect, test } from 'vitest';
import { type Flags, parseFlags } from './flags.ts';

const flags: Flags = { gpus: { value: 'N', about: '' }, fresh: { about: '' }, help: { about: '' } };

test('flags, their values and the words between them', () => {
  expect(parseFlags(['a.yaml', '--gpus', '2', '--fresh', '-h', '--', '--b'], flags)).toEqual({
    words: ['a.yaml', '--b'],
    values: { gpus: '2' },
    switches: new Set(['fresh', 'help']),
  });
  expect(parseFlags(['--gpus=2'], flags).values).toEqual({ gpus: '2' });
});

test.each([
  [['--gpu', '2'], '--gpu is not a known flag: did you mean --gpus?'],
  [['--toString'], '--toString is not a known flag: known here are --gpus, --fresh, --help'],
  [['-x'], '-x is not a known flag: known here are --gpus, --fresh, --help'],
  [['--gpus'], '--gpus needs a value: --gpus N'],
  [['--gpus='], '--gpus needs a value: --gpus N'],
  [['--fresh=yes'], '--fresh takes no value: remove "=yes"'],
])('%j is refused', (args, message) => {
  expect(() => parseFlags(args, flags)).toThrow(message);
});
