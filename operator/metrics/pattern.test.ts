import { expect, test } from 'vitest';
import { reportPattern } from './pattern.ts';
import type { Matched } from './reading.ts';

const names = { resource: 'epoch', metric: 'val_error' };

function match(pattern: string, line: string): Matched | undefined {
  const compiled = reportPattern(pattern, names);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled.match(line);
}

const problem = (pattern: string): string | undefined => {
  const compiled = reportPattern(pattern, names);
  return 'problem' in compiled ? compiled.problem : undefined;
};

test('finds the groups resource and value anywhere in a line', () => {
  expect(match('e=(?<resource>\\d+) v=(?<value>\\S+)', 'INFO e=3 v=0.5!')).toEqual({ resource: '3', value: '0.5!' });
});

test('takes groups called as the resource and the metric are, in both notations', () => {
  expect(match('(?P<epoch>\\d+) (?<val_error>\\S+)', '3 0.5')).toEqual({ resource: '3', value: '0.5' });
});

test('matches nothing where the line does not', () => {
  expect(match('(?<resource>\\d+) (?<value>\\d+)', 'no numbers')).toBeUndefined();
});

test('gives an empty text for a group that took no part', () => {
  expect(match('(?<resource>\\d+)( (?<value>\\d+))?', '3')).toEqual({ resource: '3', value: '' });
});

test('matches Unicode', () => {
  expect(match('эпоха (?<resource>\\d+) ☃(?<value>\\S+)', 'эпоха 3 ☃0.5')).toEqual({ resource: '3', value: '0.5' });
});

test.each([
  '(?<resource>(a+)+)(?<value>(b+)+)$',
  '(?<resource>(a|a)*)(?<value>(a|a)*)c',
  '(?<resource>(.*)*)x(?<value>(.*)*)y',
])('%s cannot hang: a line of 64 KiB that does not match is done with at once', (pattern) => {
  const start = performance.now();
  expect(match(pattern, `${'a'.repeat(32_000)}${'b'.repeat(32_000)}!`)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.each([
  [
    '(?<resource>\\d+',
    'is not a regular expression that RE2 can read (missing closing ): `(?<resource>\\d+`): correct it',
  ],
  [
    '(?<resource>\\d+)\\1',
    'is not a regular expression that RE2 can read (invalid escape sequence: `\\1`): correct it',
  ],
  ['(\\d+)', 'needs the named groups resource and value, such as (?<resource>[0-9]+) and (?<value>[^ ]+)'],
  ['(?<resource>\\d+)', 'needs the named groups resource and value, such as (?<resource>[0-9]+) and (?<value>[^ ]+)'],
])('%s: %s', (pattern, words) => expect(problem(pattern)).toBe(words));

test('a pattern that would take long for every character is refused, and told how to get smaller', () => {
  expect(problem('(?<resource>[x-z]{1,900})(?<value>\\d)')).toBe(
    'is too large (it takes 1806 instructions, more than 256): use + or * instead of counted repetitions such as {1,100}',
  );
});

test('only the first 2,048 characters of a line are looked at', () => {
  const pattern = '(?<resource>\\d+) (?<value>\\d+)';
  expect(match(pattern, `${' '.repeat(2000)}3 5`)).toEqual({ resource: '3', value: '5' });
  expect(match(pattern, `${' '.repeat(2048)}3 5`)).toBeUndefined();
});

test('a metric called as every JavaScript object has one is no group', () => {
  expect(reportPattern('(?<resource>\\d+)', { resource: 'epoch', metric: 'constructor' })).toHaveProperty('problem');
});
