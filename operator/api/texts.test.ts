import { expect, test } from 'vitest';
import { sentence } from './problems.ts';
import { notTexts } from './texts.ts';

test.each<[object, readonly string[]]>([
  [{ command: ['python'], args: ['--lr=1'], env: [{ name: 'A', value: '1' }, { name: 'B' }] }, []],
  [{ args: ['--epochs', 27] }, ['args[1]: must be a text, not 27: put it in quotes']],
  [{ command: 'python train.py' }, ['command: must be a list of texts, not "python train.py"']],
  [{ env: [{ name: 'DEBUG', value: true }] }, ['env[0].value: must be a text, not true: put it in quotes']],
])('%j', (container, problems) => {
  const spec = { trialTemplate: { spec: { template: { spec: { containers: [{ name: 'train', ...container }] } } } } };
  const path = 'spec.trialTemplate.spec.template.spec.containers[0].';
  expect(notTexts(spec as never).map(sentence)).toEqual(problems.map((problem) => path + problem));
});
