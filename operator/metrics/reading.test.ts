import { describe, expect, test } from 'vitest';
import { reportPattern } from './pattern.ts';
import { lineReader, readAnnotation } from './reading.ts';

const names = { resource: 'epoch', metric: 'val_error' };
const read = lineReader(names);
const report = (resource: number, value: number) => ({ kind: 'report', report: { resource, value } });
const nothing = { kind: 'nothing' };

describe('a line is a report', () => {
  test.each([
    ['a JSON object', '{"epoch": 3, "val_error": 0.12}', 0.12],
    ['with space around it', '  {"epoch": 3, "val_error": 0.12}\r', 0.12],
    ['among other fields', '{"time": "noon", "epoch": 3, "loss": {"a": [1]}, "val_error": 1e-3}', 0.001],
    ['with numbers as text', '{"epoch": "3", "val_error": "0.12"}', 0.12],
    ['with Unicode about it', '{"epoch": 3, "φ": "☃ \\ud83d\\ude00", "val_error": -2}', -2],
    ['with a value that overflows', '{"epoch": 3, "val_error": 1e999}', Number.POSITIVE_INFINITY],
    ['with NaN as Python writes it', '{"epoch": 3, "val_error": NaN}', Number.NaN],
    ['with Infinity as Python writes it', '{"val_error":Infinity,"epoch":3}', Number.POSITIVE_INFINITY],
    ['with -Infinity as Python writes it', '{"epoch": 3, "val_error": -Infinity}', Number.NEGATIVE_INFINITY],
    ['with NaN in a list beside it', '{"epoch": 3, "grads": [NaN, Infinity], "val_error": 0.5}', 0.5],
    [
      'with NaN in a text beside it',
      '{"epoch": 3, "note": "now [NaN, NaN], \\"was: NaN\\"", "val_error": NaN}',
      Number.NaN,
    ],
    ['with nan as text', '{"epoch": 3, "val_error": "nan"}', Number.NaN],
    ['with inf as text', '{"epoch": 3, "val_error": "+Inf"}', Number.POSITIVE_INFINITY],
    ['behind a progress bar', ' 45%|####5     | 9/20 [00:01<00:01]{"epoch": 3, "val_error": 0.12}', 0.12],
    [
      'behind what looks like one',
      '{"epoch": 1, "val_error": 0.9 {loss} {"epoch": 3, "a": {"b": 1}, "val_error": 0.12}',
      0.12,
    ],
    ['behind another', '{"epoch": 2, "val_error": 0.9}{"epoch": 3, "val_error": 0.12}', 0.12],
    ['with -inf as text', '{"epoch": 3, "val_error": "-inf"}', Number.NEGATIVE_INFINITY],
  ])('%s', (_, line, value) => expect(read(line)).toEqual(report(3, value)));
});

describe('a line is no report', () => {
  test.each([
    ['other text', 'epoch 3: val_error 0.12'],
    ['nothing at all', ''],
    ['JSON that is no object', '[{"epoch": 3, "val_error": 0.12}]'],
    ['null', 'null'],
    ['half an object', '{"epoch": 3, "val_error": 0.1'],
    ['an object in another that is cut', 'x": {"epoch": 3, "val_error": 0.1}}'],
    ['an object in a text', 'said "{\\"epoch\\": 3, \\"val_error\\": 0.1}"'],
    ['an object before other text', '{"epoch": 3, "val_error": 0.1} was the best'],
    ['other names at the end of a line', 'config: {"lr": 0.1}'],
  ])('%s', (_, line) => expect(read(line)).toEqual(nothing));

  test.each([
    [
      'level 0',
      '0, "val_error": 0.12',
      'epoch 0: levels are whole numbers from 1 on, so code that counts from 0 adds 1',
    ],
    ['half a level', '1.5, "val_error": 0.12', 'epoch 1.5: levels are whole numbers from 1 on'],
    ['a negative level', '-1, "val_error": 0.12', 'epoch -1: levels are whole numbers from 1 on'],
    ['a level that is not finite', 'NaN, "val_error": 0.12', 'epoch "NaN": levels are whole numbers from 1 on'],
    [
      'one too large to count',
      '1e17, "val_error": 0.12',
      'epoch 100000000000000000: levels are whole numbers from 1 on',
    ],
    ['a level that is no number', '"first", "val_error": 0.12', 'epoch "first" is no number'],
    ['a value that is no number', '1, "val_error": "0.12,"', 'val_error "0.12," is no number'],
    ['no value', '1, "val_error": null', 'val_error null is no number'],
    ['a truth for a value', '1, "val_error": true', 'val_error true is no number'],
    ['an empty text for a value', '1, "val_error": " "', 'val_error " " is no number'],
    ['a long one', `1, "val_error": ["${'x'.repeat(999)}"]`, `val_error ["${'x'.repeat(38)}… is no number`],
  ])('but an unusable one: %s', (_, rest, why) =>
    expect(read(`{"epoch": ${rest}}`)).toEqual({ kind: 'unusable', why }),
  );

  test('but what is beside a metric that was not measured', () => {
    const beside = lineReader({ ...names, additional: ['loss'] });
    expect(beside('{"epoch": 1, "val_error": null, "loss": 2}')).toEqual({
      kind: 'additional',
      resource: 1,
      values: { loss: 2 },
    });
  });

  test('other names are told, at most 20 of them', () => {
    const fields = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`metric${i}`, i]));
    expect(read('{"step": 1, "loss": 2}')).toEqual({ kind: 'other', names: ['step', 'loss'] });
    expect(read(JSON.stringify(fields))).toEqual({ kind: 'other', names: Object.keys(fields).slice(0, 20) });
  });

  test('what every JavaScript object inherits is no field', () => {
    const odd = lineReader({ resource: 'epoch', metric: 'constructor' });
    expect(odd('{"epoch": 1}')).toEqual({ kind: 'other', names: ['epoch'] });
  });
});

test('lines made to be hard to read are read at once', () => {
  const hard = [
    '{"\\'.repeat(20_000),
    `{${'['.repeat(60_000)}`,
    `{"a":${'"\\"'.repeat(20_000)}`,
    `{${' NaN,'.repeat(12_000)}`,
    `${'{"a":'.repeat(12_000)}}`,
    `${`{${' '.repeat(100)}`.repeat(600)}}`,
  ];
  const start = performance.now();
  expect(hard.map((line) => read(line))).toEqual(hard.map(() => nothing));
  expect(performance.now() - start).toBeLessThan(10_000);
});

describe('with a pattern', () => {
  const pattern = reportPattern('epoch (?<resource>\\S+): error (?<value>\\S+)', names);
  const withPattern = lineReader(names, 'match' in pattern ? pattern.match : undefined);

  test('lines that match are reports, NaN too', () => {
    expect(withPattern('[12:00] epoch 3: error 0.25 (good)')).toEqual(report(3, 0.25));
    expect(withPattern('epoch 3: error nan')).toEqual(report(3, Number.NaN));
  });

  test('JSON lines are still read, at the end of others that do not match too', () => {
    expect(withPattern('{"epoch": 3, "val_error": 0.12}')).toEqual(report(3, 0.12));
    expect(withPattern('epoch 3: error 0.25 {"epoch": 3, "val_error": 0.12}')).toEqual(report(3, 0.25));
    expect(withPattern('50%|##| {"epoch": 3, "val_error": 0.12}')).toEqual(report(3, 0.12));
  });

  test('lines that match without numbers are not', () => {
    expect(withPattern('epoch 3: error small')).toEqual({ kind: 'unusable', why: 'val_error "small" is no number' });
  });
});

describe('an annotation', () => {
  test('holds a list of reports', () => {
    expect(
      readAnnotation('[{"epoch": 1, "val_error": 0.5}, {"epoch": 2, "val_error": NaN}, {"loss": 1}]', names),
    ).toEqual([report(1, 0.5), report(2, Number.NaN), { kind: 'other', names: ['loss'] }]);
  });

  test.each(['', 'null', '{}', '[1]', '{"epoch": 1, "val_error": 0.5}', '[', '[null]'])(
    'that is %j holds none',
    (text) => {
      expect(readAnnotation(text, names) ?? []).toEqual([]);
    },
  );
});
