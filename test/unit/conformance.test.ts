import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { COMMITTED, fixtureFiles, runFile } from '../conformance/fixtures.ts';

const files = fixtureFiles(process.env['FIXTURES'] ?? COMMITTED);

test('there are fixtures', () => {
  expect(files).not.toEqual([]);
});

for (const file of files) {
  const { fixture, cases, failures } = runFile(file);
  if (failures !== undefined) {
    test(`the engine agrees with the ${cases} cases of ${fixture} in ${basename(file)}`, () => {
      expect(failures).toEqual([]);
    });
  }
}
