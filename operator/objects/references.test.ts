import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../src/model.ts';
import { expand } from '../local/expand.ts';
import { references, resolve } from './references.ts';

const VALUES: Readonly<Record<string, Value>> = {
  'parameters.lr': 0.01,
  'parameters.nodes': 4,
  'parameters.optimizer': 'adam',
  'parameters.evil': '$(parameters.lr)", "privileged": true, $(trial.name) $&',
  'parameters.a.b-c_d': 'dotted',
  'trial.name': 'digits-0001',
};
const resolved = (tree: unknown): unknown => resolve(tree, (name) => VALUES[name]);

describe('a text is', () => {
  test.each<[string, string, Value]>([
    ['without references: itself', 'train.py', 'train.py'],
    ['nothing but one reference to a number: that number', '$(parameters.nodes)', 4],
    ['nothing but one reference to a text: that text', '$(parameters.optimizer)', 'adam'],
    ['a reference among others: a text', '--lr=$(parameters.lr)', '--lr=0.01'],
    ['two references: a text', '$(parameters.nodes)$(parameters.nodes)', '44'],
    ['a reference and a space: a text', '$(parameters.nodes) ', '4 '],
    ['a name with dots and dashes', '$(parameters.a.b-c_d)', 'dotted'],
    ["a container's variable: left to Kubernetes", '$(HOME)/$(ABOHB_UNTIL)', '$(HOME)/$(ABOHB_UNTIL)'],
    ['escaped: left to Kubernetes', '$$(parameters.lr)', '$$(parameters.lr)'],
    ['an escaped dollar before a reference', '$$$(parameters.lr)', '$$0.01'],
    ['two escaped dollars', '$$$$(parameters.lr)', '$$$$(parameters.lr)'],
    ['an unknown name: left as it is', '$(parameters.unknown)', '$(parameters.unknown)'],
    ['an unclosed reference: left as it is', '$(parameters.lr', '$(parameters.lr'],
    [
      'a shell expression: left as it is',
      '$(cat parameters.lr) ${parameters.lr}',
      '$(cat parameters.lr) ${parameters.lr}',
    ],
    ['empty', '', ''],
  ])('%s', (_, text, value) => expect(resolved(text)).toBe(value));

  test('replaced once: references in a value are not expanded, and nothing in it is special', () => {
    expect(resolved('--x=$(parameters.evil)')).toBe('--x=$(parameters.lr)", "privileged": true, $(trial.name) $&');
    expect(resolved('$(parameters.evil)')).toBe('$(parameters.lr)", "privileged": true, $(trial.name) $&');
  });
});

describe('in a tree', () => {
  test.each([
    ['a reference alone takes the type of its value', { parallelism: '$(parameters.nodes)' }, { parallelism: 4 }],
    ['arguments are texts', { args: ['--lr', '$(parameters.lr)'] }, { args: ['--lr', '0.01'] }],
    ['variables are texts', { env: [{ value: '$(parameters.lr)' }] }, { env: [{ value: '0.01' }] }],
    [
      'labels are texts',
      { metadata: { labels: { lr: '$(parameters.lr)' } } },
      { metadata: { labels: { lr: '0.01' } } },
    ],
    ['quantities are not', { limits: { gpu: '$(parameters.nodes)' } }, { limits: { gpu: 4 } }],
    ['keys stay', { '$(trial.name)': '$(trial.name)' }, { '$(trial.name)': 'digits-0001' }],
    ['lists and other values stay', { a: [7, null, true, ['$(trial.name)']] }, { a: [7, null, true, ['digits-0001']] }],
  ])('%s', (_, tree, expected) => expect(resolved(tree)).toEqual(expected));
});

test('whatever a value looks like, the kubelet hands it to the code as it is', () => {
  const variables = { HOME: '/root', 'trial.name': 'x', SECRET: 'y' };
  const odd = fc.string({ unit: fc.constantFrom('$', '(', ')', 'HOME', 'SECRET', 'a') });
  fc.assert(
    fc.property(odd, fc.constantFrom('command', 'args', 'env'), (value, field) => {
      const tree = resolve({ [field]: ['--x=$(parameters.v)(SECRET)'] }, () => value);
      expect(expand(tree[field]?.[0] ?? '', variables)).toBe(`--x=${value}(SECRET)`);
    }),
  );
});

test('the tree given is left as it was', () => {
  const tree = Object.freeze({ args: Object.freeze(['$(trial.name)']) });
  resolved(tree);
  expect(tree.args).toEqual(['$(trial.name)']);
});

test('references are found with their places, escaped ones and variables are not', () => {
  const tree = { spec: { containers: [{ args: ['a', '$(x.y) $$(no.no) $(HOME) $(z.w)'] }] }, n: 1 };
  expect(references(tree)).toEqual([
    { path: 'spec.containers[0].args[1]', name: 'x.y' },
    { path: 'spec.containers[0].args[1]', name: 'z.w' },
  ]);
});
