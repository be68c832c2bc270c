import { expect, test } from 'vitest';
import { checked } from './commands/validate.ts';
import { documentsIn } from './documents.ts';
import { aStudyFile } from './testing/study.ts';

const names = (content: string) => {
  const documents = documentsIn(content);
  return 'refused' in documents ? documents.refused : documents.map(({ kind, name }) => `${kind} ${name}`);
};

test.each([
  ['several documents', 'kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\n', ['A a', 'B b']],
  ['a List', '{"kind": "List", "items": [{"kind": "A", "metadata": {"name": "a"}}, {"kind": "B"}]}', ['A a', 'B ']],
  ['a TrialList within documents', '---\nkind: TrialList\nitems: [{kind: A}]\n---\n', ['A ']],
  ['nothing', '', []],
  ['a word', 'hello', [' ']],
  [
    'what is no YAML',
    'a: [1',
    ['not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 6'],
  ],
])('%s', (_, content, expected) => {
  expect(names(content)).toEqual(expected);
});

test('every problem of every Study is told, other objects are skipped', () => {
  const good = aStudyFile('t');
  const bad = aStudyFile('t', { parallelism: 0, spec: { sed: 3 } });
  const config = '{"kind": "ConfigMap", "metadata": {"name": "c"}}';
  expect(checked([good, config].join('\n---\n'))).toEqual({ notes: ['skipped ConfigMap c'], refused: [] });
  expect(checked([good, bad].join('\n---\n')).refused).toEqual([
    'Study made-up: spec.parallelism: must be at least 1, not 0',
    'Study made-up: spec.sed: unknown field: did you mean seed?',
  ]);
  expect(checked(config).refused).toEqual(['holds no Study']);
  expect(checked('apiVersion: abohb.dev/v1alpha1\nkind: Studdy').refused).toContain(
    'kind: must be Study, not "Studdy"',
  );
});
