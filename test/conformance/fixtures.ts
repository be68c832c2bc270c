import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKERS } from './checkers.ts';

export const COMMITTED = join(import.meta.dirname, '..', 'fixtures');

/** What running one file of fixtures gave. */
export interface Outcome {
  readonly file: string;
  readonly fixture: string;
  readonly cases: number;
  /** Undefined: no checker knows this kind. */
  readonly failures: readonly Failure[] | undefined;
}

export interface Failure {
  /** The case's name, or its position. */
  readonly name: string;
  readonly problems: readonly string[];
}

/** Paths of the fixture files in a folder, sorted by name. */
export function fixtureFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}

/** Runs every case of a file. Throws when the file is no fixture. */
export function runFile(file: string): Outcome {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isFixture(content)) throw new Error(`${file} is no fixture: it has no "fixture" and "cases"`);
  const { fixture, cases } = content;
  const checker = CHECKERS.get(fixture);
  const failures = checker && cases.flatMap((data, index) => run(() => checker(data as never), nameOf(data, index)));
  return { file, fixture, cases: cases.length, failures };
}

function isFixture(content: unknown): content is { fixture: string; cases: unknown[] } {
  if (typeof content !== 'object' || content === null) return false;
  return (
    'fixture' in content && typeof content.fixture === 'string' && 'cases' in content && Array.isArray(content.cases)
  );
}

/** A case that throws has failed like any other. */
function run(check: () => string[], name: string): Failure[] {
  try {
    const problems = check();
    return problems.length === 0 ? [] : [{ name, problems }];
  } catch (error) {
    return [{ name, problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] }];
  }
}

function nameOf(data: unknown, index: number): string {
  const name = typeof data === 'object' && data !== null && 'name' in data ? ` (${data.name})` : '';
  return `case ${index}${name}`;
}
