/** Every whole Study in the README, in docs and in examples is valid, and every link between them leads somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { validateStudy } from '../../operator/api/validate.ts';

const ROOT = join(import.meta.dirname, '../..');
const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'examples/README.md'].concat(
  readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
);

interface Named {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
}

const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => join('examples', name));

const texts = [
  ...pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => ({
      page,
      text,
    })),
  ),
  ...examples.map((page) => ({ page, text: readFileSync(join(ROOT, page), 'utf8') })),
];

const studies = texts.flatMap(({ page, text }) =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Named | null)
    .flatMap((object) => (object?.kind === 'Study' ? [{ page, name: object.metadata?.name, object }] : [])),
);

test.for(studies)('$page: the Study $name is valid', ({ object }) => {
  expect(validateStudy(object)).toHaveProperty('study');
});

test('there are such Studies', () => {
  expect(new Set(studies.map(({ page }) => page))).toContain('README.md');
  expect(new Set(studies.map(({ page }) => page))).toContain('docs/getting-started.md');
  expect(new Set(studies.map(({ page }) => page))).toContain('examples/trainjob/study.yaml');
});

test.each(pages)('%s: links lead somewhere', (page) => {
  const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
    ([, to = '']) => to,
  );
  const dead = links.filter((to) => !existsSync(join(ROOT, dirname(page), to)));
  expect(dead).toEqual([]);
});
