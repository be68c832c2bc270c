import { expect, test } from 'vitest';
import { resolve } from './references.ts';

const values: Readonly<Record<string, number | string>> = { 'parameters.lr': 0.1, 'parameters.gpus': 2 };
const lookup = (name: string) => values[name];

test.each([
  ['a reference alone takes the type of its value', { parallelism: '$(parameters.gpus)' }, { parallelism: 2 }],
  ['within a text it is text', { queue: 'lr-$(parameters.lr)' }, { queue: 'lr-0.1' }],
  ['arguments are texts', { args: ['--lr', '$(parameters.lr)'] }, { args: ['--lr', '0.1'] }],
  ['so are variables', { env: [{ name: 'LR', value: '$(parameters.lr)' }] }, { env: [{ name: 'LR', value: '0.1' }] }],
  ['so are labels', { metadata: { labels: { lr: '$(parameters.lr)' } } }, { metadata: { labels: { lr: '0.1' } } }],
  ['quantities are not', { limits: { 'nvidia.com/gpu': '$(parameters.gpus)' } }, { limits: { 'nvidia.com/gpu': 2 } }],
  ['what is not known stays', { args: ['$(parameters.no)', '$(HOME)'] }, { args: ['$(parameters.no)', '$(HOME)'] }],
  ['what is escaped stays', { args: ['$$(parameters.lr)'] }, { args: ['$$(parameters.lr)'] }],
])('%s', (_, tree, expected) => {
  expect(resolve<unknown>(tree, lookup)).toEqual(expected);
});
