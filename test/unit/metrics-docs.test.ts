/** The Studies in docs/metrics.md are valid. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { validateStudy } from '../../operator/api/validate.ts';
import { studyManifest } from '../builders.ts';

const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
const parts = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, part = '']) => part);

test.each(parts)('valid as part of a Study:\n%s', (part) => {
  expect(validateStudy(studyManifest(parse(part) as Record<string, unknown>))).toHaveProperty('study');
});

test('every way has its example', () => {
  const ways = parts.flatMap((part) => Object.keys((parse(part) as { readonly metrics: object }).metrics));
  expect(new Set(ways)).toEqual(new Set(['log', 'file', 'tensorBoard', 'prometheus', 'annotation', 'additional']));
});
