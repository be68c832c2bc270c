import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { aStudy } from '../../test/builders.ts';
import { BAD } from '../../test/validation/bad.ts';
import { EDITS } from '../../test/validation/edits.ts';
import { GOOD } from '../../test/validation/good.ts';
import { manifest, merged } from '../../test/validation/study.ts';
import { sentence } from './problems.ts';
import { parseStudy, type Validated, validateStudy } from './validate.ts';

const sentences = (validated: Validated): readonly string[] =>
  'problems' in validated ? validated.problems.map(sentence) : [];

function accepted(validated: Validated) {
  if ('study' in validated) return validated.study;
  throw new Error(`refused: ${sentences(validated).join('; ')}`);
}

describe('a Study is', () => {
  test.for(GOOD)('taken: $name', ({ patch }) => {
    expect(sentences(validateStudy(manifest(patch)))).toEqual([]);
  });

  test.for(BAD)('refused: $name', ({ patch, says }) => {
    expect(sentences(validateStudy(manifest(patch)))).toEqual(says);
  });

  test('refused in the same words when it comes as YAML', () => {
    for (const { patch, says } of BAD) expect(sentences(parseStudy(stringify(manifest(patch))))).toEqual(says);
  });

  test.each(EDITS)('edited: $name', ({ before = {}, patch, says = [] }) => {
    const old = accepted(validateStudy(manifest(before)));
    expect(sentences(validateStudy(merged(manifest(before), patch), old))).toEqual(says);
  });
});

describe('text that is', () => {
  const text = stringify(manifest({}));

  test.each([
    ['a Study', text, []],
    ['empty', '', ['must be an object, not null']],
    ['a list', '- 1', ['must be an object, not [1]']],
    [
      'no YAML',
      'spec: [',
      [
        'not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 8',
      ],
    ],
    ['a key twice', 'spec: 1\nspec: 2', ['not YAML: Map keys must be unique at line 2, column 1']],
    [
      'several documents',
      `${text}---\n${text}`,
      ['the text holds several documents: put each Study into a file of its own'],
    ],
    [
      'an explosion of aliases',
      `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]`,
      ['not YAML: Excessive alias count indicates a resource exhaustion attack'],
    ],
    [
      'not finite where a number belongs',
      text.replace('max: 1\n', 'max: .inf\n'),
      ['spec.parameters[0].float.max: must be a number, not Infinity'],
    ],
  ])('%s', (_, yaml, says) => {
    expect(sentences(parseStudy(yaml))).toEqual(says);
  });
});

test('defaults are filled in as the API server does', () => {
  const { objective, resource, algorithm, suspend, metrics, onCompletion } = aStudy({
    algorithm: { asynchronousHyperband: {} },
  }).spec;
  expect({ objective, resource, algorithm, suspend, metrics, onCompletion }).toEqual({
    objective: { metric: 'val_error', goal: 'Minimize' },
    resource: { name: 'epoch', min: 1, max: 9 },
    algorithm: {
      asynchronousHyperband: {
        scheduling: 'Stopping',
        reductionFactor: 3,
        brackets: 1,
        rungs: 'Shared',
        rule: 'Quantile',
        thresholds: 'None',
        maxResource: 'Fixed',
      },
    },
    suspend: false,
    metrics: { log: {} },
    onCompletion: { runningTrials: 'Terminate' },
  });
});
